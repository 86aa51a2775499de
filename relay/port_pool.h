// Free, taken, reserved and resting ports of one relayed address (RFC 8656 §7.2, §14.9, §21.2).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "relay/quota_place.h"

namespace relay {

// Ports are chosen at random, so that nobody can guess the next, and rest after use, so that late packets for
// the last owner find nobody new (turn-facts 50). A resting port counts against its last owner. Not for
// several threads.
class PortPool {
 public:
  static constexpr std::chrono::seconds kRest{30};

  PortPool(uint16_t first_port, uint16_t last_port);

  // Any free port; with `even` an even one; with `pair` an even one whose next higher neighbour is free too,
  // and both are taken. nullopt: none is left.
  [[nodiscard]] std::optional<uint16_t> take(base::TimePoint now, base::RandomSource& random, bool even,
                                             bool pair);
  // For when nothing is free: the port, or pair, that has rested longest, though not to the end.
  [[nodiscard]] std::optional<uint16_t> take_resting(bool even, bool pair);
  // Since when what take_resting() would give has rested.
  [[nodiscard]] std::optional<base::TimePoint> resting_since(bool even, bool pair) const;

  // Puts a taken port to rest. `place` is let go when it is free or taken again.
  void release(base::TimePoint now, uint16_t port, SharedPlace place);
  // The port turned out to be somebody else's (bind failed): it rests to the end.
  void avoid(base::TimePoint now, uint16_t port);
  // Nobody has heard of the port: it is free at once.
  void put_back(uint16_t port);
  // Frees what has rested.
  void expire(base::TimePoint now);

  [[nodiscard]] size_t capacity() const { return states_.size(); }
  [[nodiscard]] size_t free_ports() const { return free_; }  // resting ones are not free
  [[nodiscard]] size_t resting_ports() const { return resting_.size() + avoided_.size(); }

 private:
  enum class State : uint8_t { kFree, kTaken, kResting };
  struct Resting {
    base::TimePoint since;
    uint16_t port;
    SharedPlace place;
  };
  // A port that may be taken now, alone or with the next one, and the position in resting_ of the younger.
  struct Candidate {
    uint16_t port;
    size_t youngest;
  };

  [[nodiscard]] State& state_of(uint16_t port) { return states_[port - first_port_]; }
  [[nodiscard]] bool is_free(uint32_t port) const;
  [[nodiscard]] std::optional<Candidate> rested_longest(bool even, bool pair) const;
  void mark_taken(uint16_t port);
  void expire(std::deque<Resting>& resting, base::TimePoint now);

  uint16_t first_port_;
  std::vector<State> states_;  // by port - first_port_
  std::deque<Resting> resting_;
  std::deque<Resting> avoided_;  // kTaken, for nobody here can have them
  size_t free_;
};

}  // namespace relay

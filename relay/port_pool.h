// Free, taken, reserved and resting ports of one relayed address (RFC 8656 §7.2, §14.9, §21.2).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace relay {

// Ports are chosen at random, so that nobody can guess the next, and rest after use, so that late packets for
// the last owner find nobody new (turn-facts 50). Not for several threads.
class PortPool {
 public:
  static constexpr std::chrono::seconds kRest{30};

  PortPool(uint16_t first_port, uint16_t last_port);

  // Any free port; with `even` an even one; with `pair` an even one whose next higher neighbour is free too,
  // and both are taken. nullopt: none is left.
  [[nodiscard]] std::optional<uint16_t> take(base::TimePoint now, base::RandomSource& random, bool even,
                                             bool pair);
  // Puts a taken port to rest.
  void release(base::TimePoint now, uint16_t port);
  // The port turned out to be somebody else's (bind failed): it rests like a used one.
  void avoid(base::TimePoint now, uint16_t port) { release(now, port); }

  [[nodiscard]] size_t capacity() const { return taken_.size(); }
  [[nodiscard]] size_t free_ports() const { return free_; }  // resting ones are not free
  [[nodiscard]] size_t resting_ports() const { return resting_.size(); }

 private:
  struct Resting {
    base::TimePoint until;
    uint16_t port;
  };
  void wake(base::TimePoint now);
  [[nodiscard]] bool is_free(uint32_t port) const;
  void mark_taken(uint16_t port);

  uint16_t first_port_;
  std::vector<bool> taken_;  // by port - first_port_; resting ports count as taken
  std::deque<Resting> resting_;
  size_t free_;
};

}  // namespace relay

// Whose TLS handshake goes on next: the dearest thing that a stranger can ask for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <unordered_map>

#include "base/address.h"
#include "base/siphash.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/timer.h"

namespace net {

struct HandshakeLimits {
  // Begun in one round of the loop: each is a signature, 0.1 to 1 ms, for which everybody else waits.
  uint32_t per_round = 4;
  // Begun and not done. Each holds 30 KB until the client has answered.
  uint32_t per_source = 16;
  uint32_t in_all = 96;
  // Who has not answered for so long is closed when somebody waits for the place.
  std::chrono::milliseconds patience{1'000};
};

// A handshake that waits or goes on.
class Handshake {
 public:
  // It goes on. May end it.
  virtual void begin_handshake() = 0;
  // It has stood still while others wait. Ends it.
  virtual void give_up_handshake() = 0;

 protected:
  ~Handshake() = default;
};

// Sources (an IPv4 address, an IPv6 /64) have their turn one after the other, and the handshakes of one in
// the order they came: who sends a thousand at once waits for himself. Loop's thread only.
class HandshakeQueue {
 public:
  // `key` is random: strangers must not be able to choose sources that collide.
  HandshakeQueue(EventLoop& loop, const HandshakeLimits& limits, const base::SipHashKey& key);

  // From now on it waits, until begin_handshake(), which never comes from inside this call.
  void wait(Handshake& handshake, const base::IpAddress& source);
  // It is done, or gone, whether it has begun or not. Again: nothing.
  void end(Handshake& handshake);

  [[nodiscard]] size_t begun() const { return begun_.size(); }
  [[nodiscard]] size_t waiting() const;

 private:
  struct Source {
    std::deque<Handshake*> waiting;
    uint32_t begun = 0;
    bool has_turn = false;  // stands in turns_
  };
  struct Begun {
    Handshake* handshake;
    base::IpAddress source;
    base::TimePoint at;
  };
  struct Hash {
    base::SipHashKey key;
    size_t operator()(const base::IpAddress& source) const;
  };

  void run();
  void begin_next();
  void make_room();
  void give_turn(const base::IpAddress& address, Source& source);
  void forget_if_idle(const base::IpAddress& address);
  [[nodiscard]] bool has_room() const { return begun_.size() < limits_.in_all; }

  EventLoop& loop_;
  const HandshakeLimits limits_;
  std::unordered_map<base::IpAddress, Source, Hash> sources_;
  std::unordered_map<const Handshake*, base::IpAddress> source_of_waiting_;
  std::deque<base::IpAddress> turns_;  // sources that may begin one
  std::list<Begun> begun_;             // the longest first
  Timer timer_;
};

}  // namespace net

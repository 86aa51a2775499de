// When a busy loop should let events gather before it looks again. Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/time.h"

namespace net {

// Waking up costs several times what one short message does. A loop with thousands of events a second begins
// its rounds a little apart and handles several events in each, as network cards moderate their interrupts;
// one with fewer never pauses. Use from one thread at a time.
class RoundPace {
 public:
  struct Options {
    std::chrono::nanoseconds longest{};  // between the beginnings of rounds: what an event may be late for it
    uint32_t events_per_round = 1;       // enough to wake up for: with more at hand rounds come sooner
    uint32_t from_events_per_second = 0;  // no pause below
  };

  explicit RoundPace(const Options& options) : options_(options) {}

  // How long to pause after a round, zero for not at all. `began` is when it began to wait for its `events`,
  // `ended` when it had handled them.
  [[nodiscard]] std::chrono::nanoseconds pause_after(base::TimePoint began, base::TimePoint ended,
                                                     uint32_t events);

 private:
  void look_back(base::TimePoint now);

  Options options_;
  base::TimePoint window_began_{};
  uint64_t window_events_ = 0;
  std::chrono::nanoseconds between_rounds_{0};  // zero: as they come
};

}  // namespace net

// When a busy loop should let events gather before it looks again. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace net {

// Waking up costs several times what one short message does. A loop that is woken thousands of times a second
// pauses between its rounds and handles more in each, as network cards moderate their interrupts; one that
// is woken less often never pauses. Use from one thread at a time.
class RoundPace {
 public:
  struct Options {
    std::chrono::nanoseconds pause{};        // what an event may be late for it
    std::chrono::nanoseconds busy_within{};  // a round that took less, waiting included, is a busy one
    int busy_rounds = 0;                     // before the first pause; one that is not takes two away
  };

  explicit RoundPace(const Options& options) : options_(options) {}

  // How long to pause after a round, zero for not at all. `began` is when it began to wait for events,
  // `ended` when it had handled them.
  [[nodiscard]] std::chrono::nanoseconds pause_after(base::TimePoint began, base::TimePoint ended) {
    const bool is_busy = ended - began < options_.busy_within;
    busy_ = std::clamp(is_busy ? busy_ + 1 : busy_ - 2, 0, options_.busy_rounds);
    return busy_ == options_.busy_rounds ? options_.pause : options_.pause.zero();
  }

 private:
  Options options_;
  int busy_ = 0;
};

}  // namespace net

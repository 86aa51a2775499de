// One deadline, many times over.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/time.h"

namespace net {

class EventLoop;

// Calls back once per arm(), at the deadline or up to a few milliseconds after it, never before. For a few
// timers per thread (a state machine's poll_timeout()); thousands belong into base::TimerWheel under one of
// these. Must die before its loop. Loop's thread only.
class Timer {
 public:
  // `expired` may arm again, disarm, or destroy the timer.
  Timer(EventLoop& loop, std::function<void()> expired);
  ~Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;

  // Replaces an earlier deadline. A deadline in the past fires in the loop's next round.
  void arm(base::TimePoint deadline);
  // arm() or disarm(): takes what a state machine's poll_timeout() gave.
  void arm_or_disarm(std::optional<base::TimePoint> deadline);
  void disarm();
  [[nodiscard]] std::optional<base::TimePoint> deadline() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net

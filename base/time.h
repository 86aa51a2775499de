// Time is an argument everywhere but in net/ and app/, which read the clocks once per batch and hand it down.
#pragma once

#include <chrono>

namespace base {

using TimePoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using WallTime = std::chrono::sys_seconds;

// One reading of both clocks: deadlines live on the steady one, what must survive a restart (nonces, expiry
// of REST credentials) on the wall clock.
struct Moment {
  TimePoint steady;
  WallTime wall;
};

}  // namespace base

// When each burst should leave: an open loop, which a slow server does not slow down.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace bench::generator {

// Bursts at equal distances from `start` on, until `end`. Pure.
class Schedule {
 public:
  Schedule(base::TimePoint start, base::TimePoint end, double bursts_per_second)
      : start_(start), end_(end), nanoseconds_apart_(1e9 / bursts_per_second) {}

  [[nodiscard]] bool is_over() const { return due() >= end_; }
  // Of the next burst. From the start each time, so that rounding does not add up.
  [[nodiscard]] base::TimePoint due() const {
    return start_ +
           std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(next_) * nanoseconds_apart_));
  }
  void advance() { ++next_; }
  [[nodiscard]] uint64_t begun() const { return next_; }

 private:
  base::TimePoint start_;
  base::TimePoint end_;
  double nanoseconds_apart_;
  uint64_t next_ = 0;
};

}  // namespace bench::generator

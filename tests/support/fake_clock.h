// Both clocks, moved by hand.
#pragma once

#include "base/time.h"

namespace support {

class FakeClock {
 public:
  [[nodiscard]] base::TimePoint steady() const { return base::TimePoint(kStart + passed_); }
  [[nodiscard]] base::WallTime wall() const {
    return base::WallTime(std::chrono::seconds(1'700'000'000) +
                          std::chrono::floor<std::chrono::seconds>(passed_));
  }
  [[nodiscard]] base::Moment now() const { return {steady(), wall()}; }
  void advance(std::chrono::nanoseconds by) { passed_ += by; }

 private:
  static constexpr std::chrono::nanoseconds kStart = std::chrono::hours(1);
  std::chrono::nanoseconds passed_{0};
};

}  // namespace support

// Turns a counter that grows by thousands into one warning a minute. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace app {

class GrowthAlarm {
 public:
  static constexpr std::chrono::seconds kQuiet{60};

  // By how much the counter has grown since the last alarm, which was at least kQuiet ago; nullopt: say
  // nothing.
  [[nodiscard]] std::optional<uint64_t> look(base::TimePoint now, uint64_t count) {
    if (count <= told_ || (last_ && now < *last_ + kQuiet)) return std::nullopt;
    const uint64_t growth = count - told_;
    told_ = count;
    last_ = now;
    return growth;
  }

 private:
  uint64_t told_ = 0;
  std::optional<base::TimePoint> last_;
};

}  // namespace app

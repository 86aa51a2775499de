// How fast one peer, or one connection, may send.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "signaling/hub_options.h"

namespace signaling {

// Tokens flow in steadily up to a burst; kept as the time at which it will be full again, so that what is
// taken beyond the burst is a debt. A fresh one is full.
class Allowance {
 public:
  // How long until `tokens` may be taken; 0: now. More than the burst may be when it is full.
  [[nodiscard]] std::chrono::nanoseconds wait(base::TimePoint now, double tokens, uint64_t per_second,
                                              uint64_t burst) const {
    const double spent = std::max<double>(static_cast<double>((full_at_ - now).count()), 0);
    const double most = std::max<double>(static_cast<double>(burst) - tokens, 0);
    return to_time(spent - to_nanoseconds(most, per_second));
  }
  // Also what is not there.
  void take(base::TimePoint now, double tokens, uint64_t per_second) {
    full_at_ = std::max(full_at_, now) + to_time(to_nanoseconds(tokens, per_second));
  }

 private:
  static double to_nanoseconds(double tokens, uint64_t per_second) {
    return tokens * 1e9 / static_cast<double>(std::max<uint64_t>(per_second, 1));
  }
  static std::chrono::nanoseconds to_time(double nanoseconds) {
    constexpr double kYear = 3.2e16;  // far within what is added to a time
    return std::chrono::nanoseconds(static_cast<int64_t>(std::clamp(nanoseconds, 0.0, kYear)));
  }

  base::TimePoint full_at_{};
};

class MessageRate {
 public:
  // How long until one more message may come, of whatever size: until then what came before is owed for. 0:
  // now.
  [[nodiscard]] std::chrono::nanoseconds wait(base::TimePoint now, const RateLimits& limits) const {
    return std::max(messages_.wait(now, 1, limits.messages_per_second, limits.burst_messages),
                    bytes_.wait(now, 0, limits.bytes_per_second, limits.burst_bytes));
  }
  // Counts one, within the limits or not. `weight`: how much of a message it is.
  void take(base::TimePoint now, size_t bytes, const RateLimits& limits, double weight = 1) {
    messages_.take(now, weight, limits.messages_per_second);
    bytes_.take(now, static_cast<double>(bytes), limits.bytes_per_second);
  }

 private:
  Allowance messages_;
  Allowance bytes_;
};

}  // namespace signaling

// A rate limit with a burst: integers only, time as an argument.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace base {

// Tokens flow in at `per_second` up to `burst`. A fresh bucket is full. 16 octets.
class TokenBucket {
 public:
  // False, and nothing taken, if fewer than `tokens` are there.
  bool take(TimePoint now, uint64_t tokens, uint64_t per_second, uint64_t burst) {
    if (!has(now, tokens, per_second, burst)) return false;
    spent_ += tokens;
    return true;
  }
  // Whether take() would succeed.
  [[nodiscard]] bool has(TimePoint now, uint64_t tokens, uint64_t per_second, uint64_t burst) {
    refill(now, per_second, burst);
    return spent_ + tokens <= burst;
  }

 private:
  void refill(TimePoint now, uint64_t per_second, uint64_t burst) {
    if (spent_ == 0) {
      refilled_at_ = now;
      return;
    }
    if (now <= refilled_at_) return;
    const auto elapsed = static_cast<uint64_t>((now - refilled_at_).count());
    constexpr uint64_t kSecond = 1'000'000'000;
    __extension__ using Wide = unsigned __int128;
    const auto gained =
        static_cast<uint64_t>(std::min<Wide>(static_cast<Wide>(elapsed) * per_second / kSecond, burst));
    if (gained >= spent_) {
      spent_ = 0;
      refilled_at_ = now;
      return;
    }
    spent_ -= gained;
    // Only as far as the whole tokens go: the fraction counts at the next call, whatever the callers' rhythm.
    refilled_at_ +=
        std::chrono::nanoseconds(static_cast<Wide>(gained) * kSecond / std::max<uint64_t>(per_second, 1));
  }

  TimePoint refilled_at_{};
  uint64_t spent_ = 0;
};

}  // namespace base

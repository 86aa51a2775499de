// How fast one peer may send.
#pragma once

#include "base/token_bucket.h"
#include "signaling/hub_options.h"

namespace signaling {

class MessageRate {
 public:
  // False: over the limit of messages or bytes.
  bool take(base::TimePoint now, size_t bytes, const RateLimits& limits) {
    return messages_.take(now, 1, limits.messages_per_second, limits.burst_messages) &&
           bytes_.take(now, bytes, limits.bytes_per_second, limits.burst_bytes);
  }

 private:
  base::TokenBucket messages_;
  base::TokenBucket bytes_;
};

}  // namespace signaling

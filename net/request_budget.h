// How many requests a second one source may make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/siphash.h"
#include "base/time.h"
#include "base/token_bucket.h"

namespace net {

// A fixed table of token buckets: memory does not grow with the number of sources. Two sources may share a
// bucket, but nobody can choose whose, since the key is secret. One address of IPv4 or one /64 of IPv6 is a
// source; a /48 has what base::kSourcesPerNetwork of them have. Pure.
class RequestBudget {
 public:
  static constexpr size_t kBuckets = 8192;
  static constexpr size_t kNetworkBuckets = 2048;

  // `requests_per_second` 0: no limit. A burst of `burst_seconds` worth is allowed (a page and all it loads).
  RequestBudget(const base::SipHashKey& key, uint32_t requests_per_second, uint32_t burst_seconds = 5);

  // False: over the budget.
  [[nodiscard]] bool take(base::TimePoint now, const base::IpAddress& source);
  void set_rate(uint32_t requests_per_second) { per_second_ = requests_per_second; }

 private:
  base::SipHashKey key_;
  uint32_t per_second_;
  uint32_t burst_seconds_;
  std::vector<base::TokenBucket> buckets_;
  std::vector<base::TokenBucket> network_buckets_;
};

}  // namespace net

#include "net/request_budget.h"

#include "net/source_key.h"

namespace net {

RequestBudget::RequestBudget(const base::SipHashKey& key, uint32_t requests_per_second,
                             uint32_t burst_seconds)
    : key_(key), per_second_(requests_per_second), burst_seconds_(burst_seconds), buckets_(kBuckets) {}

bool RequestBudget::take(base::TimePoint now, const base::IpAddress& source) {
  if (per_second_ == 0) return true;
  auto& bucket = buckets_[hash_of(key_, source_of(source)) % kBuckets];
  return bucket.take(now, 1, per_second_, uint64_t{per_second_} * burst_seconds_);
}

}  // namespace net

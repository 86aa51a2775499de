#include "net/request_budget.h"

#include "net/source_key.h"

namespace net {

RequestBudget::RequestBudget(const base::SipHashKey& key, uint32_t requests_per_second,
                             uint32_t burst_seconds)
    : key_(key),
      per_second_(requests_per_second),
      burst_seconds_(burst_seconds),
      buckets_(kBuckets),
      network_buckets_(kNetworkBuckets) {}

bool RequestBudget::take(base::TimePoint now, const base::IpAddress& source) {
  if (per_second_ == 0) return true;
  const uint64_t rate = per_second_;
  auto& bucket = buckets_[hash_of(key_, source_of(source)) % kBuckets];
  if (!has_network(source)) return bucket.take(now, 1, rate, rate * burst_seconds_);
  const uint64_t network_rate = rate * kSourcesPerNetwork;
  auto& network = network_buckets_[hash_of(key_, network_of(source)) % kNetworkBuckets];
  return network.has(now, 1, network_rate, network_rate * burst_seconds_) &&
         bucket.take(now, 1, rate, rate * burst_seconds_) &&
         network.take(now, 1, network_rate, network_rate * burst_seconds_);
}

}  // namespace net

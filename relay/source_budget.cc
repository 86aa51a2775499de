#include "relay/source_budget.h"

#include "relay/quota_ledger.h"

namespace relay {

std::array<base::TokenBucket*, 2> SourceBudget::buckets_of(const base::IpAddress& source) {
  const std::array<uint64_t, 3> words{source.hi, source.lo, static_cast<uint64_t>(source.family)};
  const uint64_t hash = seed_.hash(words);
  return {&rows_[0][hash % kBuckets], &rows_[1][(hash >> 32) % kBuckets]};
}

bool SourceBudget::take(base::TimePoint now, const base::IpAddress& source) {
  if (replies_per_second_ == 0) return true;
  const auto counted = source_of(source);
  const auto buckets = buckets_of(counted);
  const bool first = buckets[0]->take(now, 1, replies_per_second_, burst());
  const bool second = buckets[1]->take(now, 1, replies_per_second_, burst());
  if (!first && !second) refused_.add(counted);
  return first || second;
}

bool SourceBudget::has(base::TimePoint now, const base::IpAddress& source) {
  if (replies_per_second_ == 0) return true;
  const auto buckets = buckets_of(source_of(source));
  return buckets[0]->has(now, 1, replies_per_second_, burst()) ||
         buckets[1]->has(now, 1, replies_per_second_, burst());
}

}  // namespace relay

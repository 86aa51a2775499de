#include "relay/source_budget.h"

#include "relay/quota_ledger.h"

namespace relay {

bool SourceBudget::take(base::TimePoint now, const base::IpAddress& source) {
  if (replies_per_second_ == 0) return true;
  const auto counted = source_of(source);
  const std::array<uint64_t, 3> words{counted.hi, counted.lo, static_cast<uint64_t>(counted.family)};
  const uint64_t hash = seed_.hash(words);
  const uint64_t burst = uint64_t{replies_per_second_} * 2;  // a page that opens a few connections at once
  const bool first = rows_[0][hash % kBuckets].take(now, 1, replies_per_second_, burst);
  const bool second = rows_[1][(hash >> 32) % kBuckets].take(now, 1, replies_per_second_, burst);
  return first || second;
}

}  // namespace relay

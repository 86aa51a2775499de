// Token buckets for keys that strangers choose: bounded memory, whoever comes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_table.h"
#include "base/token_bucket.h"

namespace relay {

// What one taking costs and how the bucket fills.
struct BucketRate {
  uint64_t tokens = 1;
  uint64_t per_second = 0;
  uint64_t burst = 0;
};

// Two rows of buckets; a key pays in both of its buckets and is refused only if both are empty, so that a
// neighbour in one bucket alone does not silence it. 32 octets for each of `buckets`, never more. The seed is
// random: nobody can choose whose bucket to share. Not for several threads.
class BucketRows {
 public:
  BucketRows(base::HashSeed seed, size_t buckets) : seed_(seed), rows_{Row(buckets), Row(buckets)} {}

  bool take(base::TimePoint now, std::span<const uint64_t> key, const BucketRate& rate) {
    const auto buckets = buckets_of(key);
    const bool first = buckets[0]->take(now, rate.tokens, rate.per_second, rate.burst);
    const bool second = buckets[1]->take(now, rate.tokens, rate.per_second, rate.burst);
    return first || second;
  }
  // Whether take() would succeed.
  [[nodiscard]] bool has(base::TimePoint now, std::span<const uint64_t> key, const BucketRate& rate) {
    const auto buckets = buckets_of(key);
    return buckets[0]->has(now, rate.tokens, rate.per_second, rate.burst) ||
           buckets[1]->has(now, rate.tokens, rate.per_second, rate.burst);
  }

 private:
  using Row = std::vector<base::TokenBucket>;

  [[nodiscard]] std::array<base::TokenBucket*, 2> buckets_of(std::span<const uint64_t> key) {
    const uint64_t hash = seed_.hash(key);
    return {&rows_[0][hash % rows_[0].size()], &rows_[1][(hash >> 32) % rows_[1].size()]};
  }

  base::HashSeed seed_;
  std::array<Row, 2> rows_;
};

}  // namespace relay

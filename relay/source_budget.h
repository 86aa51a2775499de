// How many answers an address that has proved nothing may get: bounded memory, whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/flat_table.h"
#include "base/token_bucket.h"

namespace relay {

// Two rows of buckets; a source pays in both of its buckets and is refused only if both are empty, so that a
// neighbour in one bucket alone does not silence it. 256 KiB per worker, never more.
class SourceBudget {
 public:
  SourceBudget(base::HashSeed seed, uint32_t replies_per_second)
      : seed_(seed), replies_per_second_(replies_per_second), rows_{Row(kBuckets), Row(kBuckets)} {}

  [[nodiscard]] bool take(base::TimePoint now, const base::IpAddress& source);
  void change_rate(uint32_t replies_per_second) { replies_per_second_ = replies_per_second; }

 private:
  static constexpr size_t kBuckets = 8192;
  using Row = std::vector<base::TokenBucket>;

  base::HashSeed seed_;
  uint32_t replies_per_second_;  // 0 = no limit
  std::array<Row, 2> rows_;
};

}  // namespace relay

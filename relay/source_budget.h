// How many answers an address that has proved nothing may get: bounded memory, whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/flat_table.h"
#include "base/token_bucket.h"
#include "relay/refused_sources.h"

namespace relay {

// Two rows of buckets; a source pays in both of its buckets and is refused only if both are empty, so that a
// neighbour in one bucket alone does not silence it. 256 KiB per worker, never more.
class SourceBudget {
 public:
  SourceBudget(base::HashSeed seed, uint32_t replies_per_second)
      : seed_(seed), replies_per_second_(replies_per_second), rows_{Row(kBuckets), Row(kBuckets)} {}

  [[nodiscard]] bool take(base::TimePoint now, const base::IpAddress& source);
  // Whether take() would succeed.
  [[nodiscard]] bool has(base::TimePoint now, const base::IpAddress& source);
  // Who was refused most since the last call.
  [[nodiscard]] std::vector<RefusedSource> take_refused() { return refused_.take(); }
  void change_rate(uint32_t replies_per_second) { replies_per_second_ = replies_per_second; }

 private:
  static constexpr size_t kBuckets = 8192;
  using Row = std::vector<base::TokenBucket>;

  // The two buckets in which `source`, counted as source_of() has it, pays.
  [[nodiscard]] std::array<base::TokenBucket*, 2> buckets_of(const base::IpAddress& source);
  // A page that opens a few connections at once.
  [[nodiscard]] uint64_t burst() const { return uint64_t{replies_per_second_} * 2; }

  base::HashSeed seed_;
  uint32_t replies_per_second_;  // 0 = no limit
  std::array<Row, 2> rows_;
  RefusedSources refused_;
};

}  // namespace relay

#include "bench/generator/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bench::generator {

// Values below 64 have a bucket each; of larger ones the top bit chooses the group, the next six the bucket.
size_t Histogram::bucket_of(uint64_t value) {
  value = std::min(value, (uint64_t{1} << kLargestBits) - 1);
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kPrecisionBits - 1);
  return (static_cast<size_t>(shift) << kPrecisionBits) + (value >> shift);
}

uint64_t Histogram::end_of(size_t bucket) {
  if (bucket < size_t{2} << kPrecisionBits) return bucket;
  const size_t shift = (bucket >> kPrecisionBits) - 1;
  const uint64_t first = bucket - (shift << kPrecisionBits);
  return ((first + 1) << shift) - 1;
}

void Histogram::record(Duration value) {
  value = std::max(value, Duration::zero());
  ++counts_[bucket_of(static_cast<uint64_t>(value.count()))];
  ++count_;
  max_ = std::max(max_, value);
}

Histogram::Duration Histogram::quantile(double fraction) const {
  if (count_ == 0) return Duration::zero();
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::min(Duration(end_of(bucket)), max_);
  }
  return max_;
}

}  // namespace bench::generator

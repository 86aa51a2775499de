#include "bench/generator/stamp.h"

#include <gtest/gtest.h>

#include <vector>

namespace bench::generator {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kIntended{123456789012ns};

std::vector<uint8_t> stamped(size_t bytes) {
  std::vector<uint8_t> payload(bytes);
  fill_payload(payload);
  write_stamp(payload, {.flow = 7, .sequence = 1ULL << 40, .intended = kIntended});
  return payload;
}

TEST(StampTest, ComesBackAsItWasWritten) {
  for (const size_t bytes : {kStampBytes, kStampBytes + 1, size_t{160}, size_t{1400}}) {
    const auto stamp = read_stamp(stamped(bytes));
    ASSERT_TRUE(stamp) << bytes;
    EXPECT_EQ(stamp->flow, 7U);
    EXPECT_EQ(stamp->sequence, 1ULL << 40);
    EXPECT_EQ(stamp->intended, kIntended);
  }
}

TEST(StampTest, AnyChangedOctetOfMarkOrFillingIsSeen) {
  const auto whole = stamped(100);
  for (size_t i = 0; i < whole.size(); ++i) {
    if (i >= 4 && i < kStampBytes) continue;  // flow, number and time: checked by whoever knows them
    auto changed = whole;
    changed[i] ^= 0x10;
    EXPECT_FALSE(read_stamp(changed)) << i;
  }
}

TEST(StampTest, AShortPayloadIsNotOurs) {
  const auto whole = stamped(kStampBytes);
  EXPECT_FALSE(read_stamp(base::Bytes(whole).first(kStampBytes - 1)));
  EXPECT_FALSE(read_stamp({}));
}

}  // namespace
}  // namespace bench::generator

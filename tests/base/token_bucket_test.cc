#include "base/token_bucket.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace std::chrono_literals;

class TokenBucketTest : public testing::Test {
 protected:
  int taken_of(int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += bucket.take(now, 1, 50, 100);
    return taken;
  }
  TokenBucket bucket;
  TimePoint now{1h};
};

TEST_F(TokenBucketTest, FreshBucketIsFull) {
  EXPECT_EQ(taken_of(1000), 100);
  EXPECT_EQ(taken_of(1000), 0);
}

TEST_F(TokenBucketTest, RefillsAtTheRateUpToTheBurst) {
  taken_of(1000);
  now += 1s;
  EXPECT_EQ(taken_of(1000), 50);
  now += 1h;
  EXPECT_EQ(taken_of(1000), 100);
}

TEST_F(TokenBucketTest, MoreThanTheBurstNeverPasses) {
  EXPECT_FALSE(bucket.take(now, 101, 50, 100));
  EXPECT_TRUE(bucket.take(now, 100, 50, 100));
}

TEST_F(TokenBucketTest, RefusalTakesNothing) {
  EXPECT_TRUE(bucket.take(now, 60, 50, 100));
  EXPECT_FALSE(bucket.take(now, 60, 50, 100));
  EXPECT_TRUE(bucket.take(now, 40, 50, 100));
}

// However the askers' rhythm falls, the rate is the rate: fractions of a token are kept.
TEST_F(TokenBucketTest, RateHoldsForAnyRhythm) {
  for (const auto rhythm : {1ms, 7ms, 11ms, 13ms, 17ms, 19ms, 200ms}) {
    TokenBucket fresh;
    while (fresh.take(now, 1, 50, 100)) {
    }
    const auto end = now + 100s;
    int taken = 0;
    for (; now < end; now += rhythm) {
      while (fresh.take(now, 1, 50, 100)) ++taken;
    }
    EXPECT_NEAR(taken, 5000, 20) << rhythm.count();
  }
}

TEST_F(TokenBucketTest, ClockGoingBackIsHarmless) {
  taken_of(1000);
  now -= 10s;
  EXPECT_EQ(taken_of(10), 0);
  now += 11s;
  EXPECT_EQ(taken_of(1000), 50);
}

TEST_F(TokenBucketTest, LookingTakesNothing) {
  while (bucket.take(now, 1, 50, 100)) {
  }
  EXPECT_FALSE(bucket.has(now, 1, 50, 100));
  now += 20ms;
  EXPECT_TRUE(bucket.has(now, 1, 50, 100));
  EXPECT_TRUE(bucket.has(now, 1, 50, 100));
  EXPECT_TRUE(bucket.take(now, 1, 50, 100));
  EXPECT_FALSE(bucket.has(now, 1, 50, 100));
}

TEST_F(TokenBucketTest, HugeRatesAndPausesDoNotOverflow) {
  constexpr uint64_t kHuge = uint64_t{1} << 62;
  EXPECT_TRUE(bucket.take(now, kHuge, kHuge, kHuge));
  now += std::chrono::hours(24 * 365);
  EXPECT_TRUE(bucket.take(now, kHuge, kHuge, kHuge));
}

}  // namespace
}  // namespace base

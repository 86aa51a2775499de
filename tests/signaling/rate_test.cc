#include "signaling/rate.h"

#include <gtest/gtest.h>

namespace signaling {
namespace {

using namespace std::chrono_literals;

struct MessageRateTest : testing::Test {
  bool take(size_t bytes = 0) {
    if (rate.wait(now, limits) > 0ns) return false;
    rate.take(now, bytes, limits);
    return true;
  }
  RateLimits limits{
      .messages_per_second = 2, .burst_messages = 3, .bytes_per_second = 100, .burst_bytes = 1000};
  base::TimePoint now{100s};
  MessageRate rate;
};

TEST_F(MessageRateTest, AFullBurstThenOneAtATime) {
  EXPECT_TRUE(take() && take() && take());
  EXPECT_FALSE(take());
  EXPECT_EQ(rate.wait(now, limits), 500ms);
  now += 499ms;
  EXPECT_FALSE(take());
  now += 1ms;
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  now += 1h;  // no more than the burst is saved up
  EXPECT_TRUE(take() && take() && take());
  EXPECT_FALSE(take());
}

TEST_F(MessageRateTest, OctetsCountToo) {
  EXPECT_TRUE(take(1000));
  EXPECT_TRUE(take(50)) << "none were owed for";
  EXPECT_EQ(rate.wait(now, limits), 500ms);
  now += 500ms;
  EXPECT_TRUE(take(1));
}

TEST_F(MessageRateTest, WhatIsTakenBeyondIsOwed) {
  for (int i = 0; i < 5; ++i) rate.take(now, 0, limits);
  EXPECT_EQ(rate.wait(now, limits), 1500ms) << "two beyond the burst, and the next";
}

TEST_F(MessageRateTest, MoreThanTheBurstPassesAndIsOwedFor) {
  EXPECT_TRUE(take(5000));
  EXPECT_FALSE(take(1));
  EXPECT_EQ(rate.wait(now, limits), 40s);
}

TEST_F(MessageRateTest, LimitsWithoutBoundNeverWait) {
  limits = {1'000'000'000, 1'000'000'000, 1'000'000'000'000, 1'000'000'000'000};
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(take(100'000));
}

}  // namespace
}  // namespace signaling

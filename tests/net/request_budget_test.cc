#include "net/request_budget.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using namespace std::chrono_literals;

base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

TEST(RequestBudgetTest, ABurstIsAllowedAndThenTheRate) {
  RequestBudget budget({1, 2}, /*requests_per_second=*/10, /*burst_seconds=*/2);
  const base::TimePoint start{100s};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.take(start, ip("192.0.2.1")));
  EXPECT_FALSE(budget.take(start, ip("192.0.2.1")));
  EXPECT_TRUE(budget.take(start, ip("192.0.2.2"))) << "others are not held back";
  EXPECT_TRUE(budget.take(start + 100ms, ip("192.0.2.1")));
  EXPECT_FALSE(budget.take(start + 100ms, ip("192.0.2.1")));
}

TEST(RequestBudgetTest, AnIpv6SubscriberIsOneSource) {
  RequestBudget budget({1, 2}, 1, 1);
  const base::TimePoint start{100s};
  EXPECT_TRUE(budget.take(start, ip("2001:db8::1")));
  EXPECT_FALSE(budget.take(start, ip("2001:db8::ffff:2")));
}

TEST(RequestBudgetTest, TheSourcesOfOneIpv6NetworkShareALargerBudget) {
  RequestBudget budget({1, 2}, 1, 1);
  const base::TimePoint start{100s};
  int admitted = 0;
  for (uint64_t i = 0; i < 256; ++i)
    admitted += budget.take(start, base::IpAddress::v6(0x20010db800010000 | i, 1));
  EXPECT_EQ(admitted, 16);
  EXPECT_TRUE(budget.take(start, ip("2001:db8:2::1")));
}

TEST(RequestBudgetTest, NoRateIsNoLimit) {
  RequestBudget budget({1, 2}, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(budget.take(base::TimePoint{1s}, ip("192.0.2.1")));
}

}  // namespace
}  // namespace net

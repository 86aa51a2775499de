// Answers to strangers: so many a second and source, whoever asks (turn-facts 34).
#include "relay/source_budget.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class SourceBudgetTest : public testing::Test {
 protected:
  size_t granted(const base::IpAddress& source, int tries) {
    size_t count = 0;
    for (int i = 0; i < tries; ++i) count += budget.take(now, source);
    return count;
  }
  SourceBudget budget{base::HashSeed{}, 50};
  base::TimePoint now{1h};
};

TEST_F(SourceBudgetTest, BurstIsTwoSecondsWorthThenTheRate) {
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 100u);
  now += 1s;
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 50u);
  now += 1h;
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 100u);
}

TEST_F(SourceBudgetTest, AddressesOfOneIpv6NetworkShareABudget) {
  EXPECT_EQ(granted(ip("2001:db8:1:2::1"), 1000), 100u);
  EXPECT_EQ(granted(ip("2001:db8:1:2::2"), 1000), 0u);
  EXPECT_EQ(granted(ip("2001:db8:1:3::1"), 1000), 100u);
}

TEST_F(SourceBudgetTest, NetworksOfOneCustomerShareALargerOne) {  // a /48 holds 65536 sources
  size_t answered = 0;
  for (uint64_t network = 0; network < 256; ++network) {
    answered += granted(base::IpAddress::v6(0x20010db800010000 | network, 1), 200);
  }
  EXPECT_EQ(answered, 1600u);
  EXPECT_EQ(granted(ip("2001:db8:2::1"), 200), 100u);
  EXPECT_EQ(granted(ip("192.0.2.1"), 200), 100u);
  now += 1s;
  EXPECT_EQ(granted(ip("2001:db8:1:ffff::1"), 1000), 100u);
}

TEST_F(SourceBudgetTest, ZeroIsNoLimitAndTheRateMayChange) {
  budget.change_rate(0);
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 1000u);
  budget.change_rate(10);
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 20u);
}

TEST_F(SourceBudgetTest, OneSilencedSourceSilencesFewOthers) {  // both of its buckets would have to be shared
  EXPECT_EQ(granted(ip("192.0.2.1"), 1000), 100u);
  size_t silenced = 0;
  for (uint32_t i = 0; i < 10000; ++i) silenced += !budget.take(now, base::IpAddress::v4(0x0b000000 + i));
  EXPECT_LE(silenced, 5u);
}

}  // namespace
}  // namespace relay

// Allocations by user, source and in all (RFC 8656 §7.2: 486).
#include "relay/quota_ledger.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using enum QuotaVerdict;

TEST(QuotaLedgerTest, EachLimitRefusesUnderItsName) {
  QuotaLedger ledger({.per_user = 2, .per_source = 3});
  EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kGranted);
  EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kGranted);
  EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kUserFull);
  EXPECT_EQ(ledger.take_place("bob", ip("192.0.2.1")), kGranted);
  EXPECT_EQ(ledger.take_place("bob", ip("192.0.2.1")), kSourceFull);
  EXPECT_EQ(ledger.take_place("bob", ip("192.0.2.2")), kGranted);
  ledger.give_back_place("alice", ip("192.0.2.1"));
  EXPECT_EQ(ledger.of_user("alice"), 1u);
  EXPECT_EQ(ledger.take_place("carol", ip("192.0.2.1")), kGranted);
}

TEST(QuotaLedgerTest, LivingAllocationsAreBoundedWhoeverHasThem) {
  QuotaLedger ledger({.in_all = 2});
  EXPECT_TRUE(ledger.begin_allocation());
  EXPECT_TRUE(ledger.begin_allocation());
  EXPECT_FALSE(ledger.begin_allocation());
  EXPECT_EQ(ledger.in_all(), 2u);  // refusals count nothing
  ledger.end_allocation();
  EXPECT_TRUE(ledger.begin_allocation());
}

TEST(QuotaLedgerTest, PlaceIsGivenBackWithItsLastHolder) {
  QuotaLedger ledger({.per_user = 1});
  auto place = take_place(ledger, "alice", ip("2001:db8:1:2::1")).value();
  EXPECT_TRUE(place->is_of("alice", ip("2001:db8:1:2::9")));
  EXPECT_FALSE(place->is_of("bob", ip("2001:db8:1:2::1")));
  EXPECT_FALSE(place->is_of("alice", ip("2001:db8:1:3::1")));
  EXPECT_EQ(take_place(ledger, "alice", ip("192.0.2.1")).error(), kUserFull);
  auto shared = place;
  place.reset();
  EXPECT_EQ(ledger.of_user("alice"), 1u);
  shared.reset();
  EXPECT_EQ(ledger.of_user("alice"), 0u);
}

TEST(QuotaLedgerTest, ZeroIsNoLimit) {
  QuotaLedger ledger({.per_user = 0, .per_source = 0, .in_all = 0});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kGranted);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(ledger.begin_allocation());
}

TEST(QuotaLedgerTest, Ipv6SourcesAreCountedByTheir64) {
  QuotaLedger ledger({.per_source = 1});
  EXPECT_EQ(ledger.take_place("alice", ip("2001:db8:1:2::1")), kGranted);
  EXPECT_EQ(ledger.take_place("bob", ip("2001:db8:1:2:ffff::2")), kSourceFull);
  EXPECT_EQ(ledger.take_place("bob", ip("2001:db8:1:3::1")), kGranted);
  ledger.give_back_place("alice", ip("2001:db8:1:2:9::9"));
  EXPECT_EQ(ledger.take_place("bob", ip("2001:db8:1:2::1")), kGranted);
}

TEST(QuotaLedgerTest, Ipv6NetworksAreCountedByTheir48AsWell) {  // which has 65536 sources
  QuotaLedger ledger({.per_user = 0, .per_source = 2});
  const auto source = [](uint64_t network) { return base::IpAddress::v6(0x20010db800010000 | network, 1); };
  for (uint64_t i = 0; i < 32; ++i) EXPECT_EQ(ledger.take_place("alice", source(i)), kGranted);
  EXPECT_EQ(ledger.take_place("alice", source(99)), kSourceFull);
  EXPECT_EQ(ledger.take_place("bob", ip("2001:db8:2::1")), kGranted);
  EXPECT_EQ(ledger.take_place("bob", ip("192.0.2.1")), kGranted);
  ledger.give_back_place("alice", source(5));
  EXPECT_EQ(ledger.take_place("alice", source(99)), kGranted);
}

TEST(QuotaLedgerTest, FamiliesDoNotShareASource) {  // 192.0.2.1 is not ::192.0.2.1
  QuotaLedger ledger({.per_source = 1});
  EXPECT_EQ(ledger.take_place("alice", ip("0.0.0.0")), kGranted);
  EXPECT_EQ(ledger.take_place("alice", ip("::")), kGranted);
}

TEST(QuotaLedgerTest, LowerLimitsEndNothingThatLives) {
  QuotaLedger ledger({.per_user = 5});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kGranted);
  ledger.change_limits({.per_user = 2});
  EXPECT_EQ(ledger.of_user("alice"), 5u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), i < 4 ? kUserFull : kGranted);
    ledger.give_back_place("alice", ip("192.0.2.1"));
  }
  EXPECT_EQ(ledger.take_place("alice", ip("192.0.2.1")), kGranted);
}

}  // namespace
}  // namespace relay

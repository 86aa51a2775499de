#include "net/connection_limiter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace net {
namespace {

constexpr base::SipHashKey kKey{1, 2};

base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

TEST(ConnectionLimiterTest, OneSourceIsHeldToItsShare) {
  ConnectionLimiter limiter({.connections_per_source = 2, .connections = 100}, kKey);
  const auto first = limiter.admit(ip("192.0.2.1"));
  auto second = limiter.admit(ip("192.0.2.1"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(limiter.admit(ip("192.0.2.1")).error(), LimitReached::kPerSource);
  EXPECT_TRUE(limiter.admit(ip("192.0.2.2")));
  second->reset();
  EXPECT_TRUE(limiter.admit(ip("192.0.2.1")));
}

TEST(ConnectionLimiterTest, AnIpv6SubscriberIsOneSource) {
  ConnectionLimiter limiter({.connections_per_source = 1, .connections = 100}, kKey);
  const auto first = limiter.admit(ip("2001:db8:0:1::1"));
  EXPECT_EQ(limiter.admit(ip("2001:db8:0:1:ffff::2")).error(), LimitReached::kPerSource);
  EXPECT_TRUE(limiter.admit(ip("2001:db8:0:2::1")));
}

TEST(ConnectionLimiterTest, AProxyStandsForManyAndCountsInAllOnly) {
  ConnectionLimiter limiter({.connections_per_source = 1,
                             .connections = 3,
                             .shared_sources = {*base::IpPrefix::parse("192.0.2.1/32")}},
                            kKey);
  const auto first = limiter.admit(ip("192.0.2.1"));
  const auto second = limiter.admit(ip("192.0.2.1"));
  const auto client = limiter.admit(ip("203.0.113.9"));
  ASSERT_TRUE(first && second && client);
  EXPECT_EQ(limiter.admit(ip("203.0.113.9")).error(), LimitReached::kTotal);
}

TEST(ConnectionLimiterTest, TheSourcesOfOneIpv6NetworkShareALargerNumber) {
  ConnectionLimiter limiter({.connections_per_source = 1, .connections = 1000}, kKey);
  std::vector<std::shared_ptr<void>> leases;
  for (uint64_t i = 0; i < 256; ++i) {
    auto lease = limiter.admit(base::IpAddress::v6(0x20010db800010000 | i, 1));
    if (lease) leases.push_back(*lease);
  }
  EXPECT_EQ(leases.size(), 16u);
  EXPECT_TRUE(limiter.admit(ip("2001:db8:2::1")));
  leases.pop_back();
  EXPECT_TRUE(limiter.admit(ip("2001:db8:1:ffff::1")));
}

TEST(ConnectionLimiterTest, AllTogetherAreHeldToTheTotal) {
  ConnectionLimiter limiter({.connections_per_source = 2, .connections = 2}, kKey);
  const auto first = limiter.admit(ip("192.0.2.1"));
  const auto second = limiter.admit(ip("192.0.2.2"));
  EXPECT_EQ(limiter.open_connections(), 2u);
  EXPECT_EQ(limiter.admit(ip("192.0.2.3")).error(), LimitReached::kTotal);
}

TEST(ConnectionLimiterTest, SourcesWithoutConnectionsAreForgotten) {
  ConnectionLimiter limiter({}, kKey);
  for (uint32_t i = 0; i < 100'000; ++i) ASSERT_TRUE(limiter.admit(base::IpAddress::v4(i)));
  EXPECT_LE(limiter.sources(), 2048u);
}

TEST(ConnectionLimiterTest, ALeaseMayDieOnAnotherThreadAndAfterTheLimiter) {
  auto limiter = std::make_unique<ConnectionLimiter>(ConnectionLimits{}, kKey);
  std::vector<std::shared_ptr<void>> leases;
  for (int i = 0; i < 100; ++i) leases.push_back(*limiter->admit(ip("192.0.2.1")));
  std::jthread ender([mine = std::move(leases)]() mutable { mine.clear(); });
  const auto another = limiter->admit(ip("192.0.2.1"));
  ender.join();
  EXPECT_EQ(limiter->open_connections(), 1u);
  limiter.reset();
}

}  // namespace
}  // namespace net

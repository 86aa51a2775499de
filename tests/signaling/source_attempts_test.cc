// Tries by address: of IPv6 by /64 and by /48.
#include "signaling/source_attempts.h"

#include <gtest/gtest.h>

namespace signaling {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kNow{100s};

base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

TEST(SourceAttemptsTest, EachSourceHasItsTries) {
  SourceAttempts attempts({.tries = 2, .window = 60s});
  for (const auto* source : {"192.0.2.1", "192.0.2.2", "2001:db8:1:1::1", "2001:db8:1:2::1"}) {
    EXPECT_FALSE(attempts.count_try(kNow, ip(source)));
    EXPECT_FALSE(attempts.wait_of(kNow, ip(source)));
    EXPECT_FALSE(attempts.count_try(kNow, ip(source)));
    EXPECT_EQ(attempts.count_try(kNow, ip(source)), 60s);
    EXPECT_EQ(attempts.wait_of(kNow, ip(source)), 60s);
  }
  EXPECT_TRUE(attempts.count_try(kNow, ip("2001:db8:1:1:ffff::2"))) << "the same subscriber";
  EXPECT_FALSE(attempts.count_try(kNow + 60s, ip("192.0.2.1")));
}

TEST(SourceAttemptsTest, TheSourcesOfOneIpv6NetworkShareALargerNumber) {
  SourceAttempts attempts({.tries = 2, .window = 60s});
  int tried = 0;
  for (uint64_t i = 0; i < 256; ++i) {
    tried += !attempts.count_try(kNow, base::IpAddress::v6(0x20010db800010000 | i, 1));
  }
  EXPECT_EQ(tried, 32);
  EXPECT_EQ(attempts.wait_of(kNow, ip("2001:db8:1:ffff::1")), 60s);
  EXPECT_FALSE(attempts.count_try(kNow, ip("2001:db8:2::1")));
  EXPECT_FALSE(attempts.count_try(kNow, ip("192.0.2.1")));
  EXPECT_FALSE(attempts.count_try(kNow + 60s, ip("2001:db8:1:ffff::1")));
}

}  // namespace
}  // namespace signaling

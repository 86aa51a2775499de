#include "net/socket_address.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using base::Endpoint;
using base::Family;

TEST(SocketAddressTest, KeepsTheZoneOfALinkLocalAddressBothWays) {
  auto endpoint = Endpoint::parse("[fe80::1]:3478").value();
  endpoint.ip.zone = 7;
  SocketAddress address;
  to_socket_address(endpoint, Family::kIpv6, address);
  EXPECT_EQ(address.v6.sin6_scope_id, 7u);
  EXPECT_EQ(to_endpoint(&address.any), endpoint);
}

TEST(SocketAddressTest, OtherAddressesHaveNoZone) {
  for (const auto* text : {"[2001:db8::1]:3478", "192.0.2.1:3478"}) {
    const auto endpoint = Endpoint::parse(text).value();
    SocketAddress address;
    to_socket_address(endpoint, Family::kIpv6, address);
    EXPECT_EQ(address.v6.sin6_scope_id, 0u);
    EXPECT_EQ(to_endpoint(&address.any), endpoint) << text;
  }
}

TEST(SocketAddressTest, TheZoneTellsTwoHostsApartInTablesAndIsNotShown) {
  auto here = Endpoint::parse("[fe80::1]:3478").value();
  auto there = here;
  here.ip.zone = 2;
  there.ip.zone = 3;
  EXPECT_NE(here, there);
  EXPECT_NE(here.ip.hi_with_zone(), there.ip.hi_with_zone());
  EXPECT_EQ(here.to_string(), "[fe80::1]:3478");
}

}  // namespace
}  // namespace net

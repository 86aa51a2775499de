#include "app/host_watch.h"

#include <gtest/gtest.h>

namespace app {
namespace {

base::IpAddress ip(const char* text) { return base::IpAddress::parse(text).value(); }

HostFacts host() {
  HostFacts facts;
  facts.addresses = {ip("127.0.0.1"), ip("10.0.0.5"), ip("2001:db8::5")};
  facts.default_ipv4 = ip("10.0.0.5");
  return facts;
}

TEST(SameAddressesTest, OrderAndEverythingElseOfTheHostAreNoChange) {
  auto other = host();
  std::swap(other.addresses.front(), other.addresses.back());
  other.open_files = 5;
  EXPECT_TRUE(same_addresses(host(), other));
}

TEST(SameAddressesTest, AnAddressOrADefaultRouteMoreOrLessIsAChange) {
  auto more = host();
  more.addresses.push_back(ip("10.0.0.6"));
  EXPECT_FALSE(same_addresses(host(), more));
  EXPECT_FALSE(same_addresses(more, host()));
  auto route = host();
  route.default_ipv4.reset();
  EXPECT_FALSE(same_addresses(host(), route));
  route = host();
  route.default_ipv6 = ip("2001:db8::5");
  EXPECT_FALSE(same_addresses(host(), route));
}

TEST(SameAddressesTest, AnInterfaceThatGoesDownIsAChange) {
  auto down = host();
  down.sleeping_addresses = {ip("10.0.0.5")};
  std::erase(down.addresses, ip("10.0.0.5"));
  EXPECT_FALSE(same_addresses(host(), down));
}

TEST(KeepRoutesTest, AFlapIsNoOtherAddress) {
  auto flap = host();
  flap.default_ipv4.reset();
  keep_routes(flap, host());
  EXPECT_EQ(flap.default_ipv4, ip("10.0.0.5"));
  EXPECT_FALSE(flap.default_ipv6);
  auto gone = flap;
  gone.default_ipv4.reset();
  std::erase(gone.addresses, ip("10.0.0.5"));
  keep_routes(gone, host());
  EXPECT_FALSE(gone.default_ipv4);
  auto other = host();
  other.default_ipv4 = ip("10.0.0.6");
  keep_routes(other, host());
  EXPECT_EQ(other.default_ipv4, ip("10.0.0.6"));
}

TEST(ContainerIdTest, IsTwelveHexadecimalDigits) {
  EXPECT_TRUE(is_container_id("0123456789ab"));
  for (const auto* name :
       {"", "turn.example.org", "0123456789a", "0123456789abc", "0123456789AB", "0123456789ag"})
    EXPECT_FALSE(is_container_id(name)) << name;
}

}  // namespace
}  // namespace app

#include "app/relay_addresses.h"

#include <gmock/gmock.h>

#include "app/address_scope.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

base::IpAddress ip(const char* text) { return base::IpAddress::parse(text).value(); }

// "bound" or "bound as advertised".
std::vector<std::string> described(const Config& config, const HostFacts& facts) {
  std::vector<std::string> texts;
  for (const auto& [bound, advertised] : relay_addresses(config, facts)) {
    texts.push_back(bound.to_string() + (bound == advertised ? "" : " as " + advertised.to_string()));
  }
  return texts;
}

HostFacts dual_stack_host() {
  HostFacts facts;
  facts.addresses = {ip("127.0.0.1"), ip("::1"),     ip("10.0.0.5"),
                     ip("10.9.9.9"),  ip("fe80::1"), ip("2001:db8::5")};
  facts.default_ipv4 = ip("10.0.0.5");
  facts.default_ipv6 = ip("2001:db8::5");
  return facts;
}

Config listening_on(std::initializer_list<const char*> uris) {
  Config config;
  config.listen.clear();
  for (const auto* uri : uris) config.listen.push_back(parse_listener_uri(uri).value());
  return config;
}

TEST(RelayAddressesTest, AWildcardStandsForTheDefaultRouteAddress) {
  EXPECT_THAT(described(listening_on({"udp://0.0.0.0:3478", "tls://0.0.0.0:443"}), dual_stack_host()),
              ElementsAre("10.0.0.5"));
}

TEST(RelayAddressesTest, TheIpv6WildcardStandsForBothFamiliesIpv4First) {
  EXPECT_THAT(described(listening_on({"udp://[::]:3478"}), dual_stack_host()),
              ElementsAre("10.0.0.5", "2001:db8::5"));
}

TEST(RelayAddressesTest, ListeningAddressesAreRelayedFromOnceEach) {
  EXPECT_THAT(described(listening_on({"udp://[2001:db8::5]:1", "udp://10.9.9.9:1", "tcp://10.9.9.9:1"}),
                        dual_stack_host()),
              ElementsAre("10.9.9.9", "2001:db8::5"));
}

TEST(RelayAddressesTest, ConfiguredAddressesComeBeforeEverything) {
  auto config = listening_on({"udp://0.0.0.0:3478"});
  config.relay.addresses = {ip("2001:db8::5"), ip("10.9.9.9")};
  EXPECT_THAT(described(config, dual_stack_host()), ElementsAre("2001:db8::5", "10.9.9.9"));
}

TEST(RelayAddressesTest, ExternalIpIsAdvertisedForItsFamilyOnly) {
  auto config = listening_on({"udp://[::]:3478"});
  config.external_ip = {ip("203.0.113.7")};
  EXPECT_THAT(described(config, dual_stack_host()), ElementsAre("10.0.0.5 as 203.0.113.7", "2001:db8::5"));
}

TEST(RelayAddressesTest, WithoutADefaultRouteAnAddressThatLeavesTheHostIsTakenNeverLoopback) {
  auto facts = dual_stack_host();
  facts.default_ipv4.reset();
  facts.default_ipv6.reset();
  const auto config = listening_on({"udp://[::]:3478"});
  EXPECT_THAT(described(config, facts), ElementsAre("10.0.0.5", "2001:db8::5"));
  facts.addresses = {ip("127.0.0.1"), ip("fe80::1"), ip("::1")};
  EXPECT_THAT(described(config, facts), IsEmpty());
  EXPECT_TRUE(advertised_address(config, facts, ip("::")).is_unspecified());
  facts.default_ipv6 = ip("::1");  // as the kernel says of a route by an interface without an address
  EXPECT_THAT(described(config, facts), IsEmpty());
}

TEST(RelayAddressesTest, OnlyWhatTheHostHasNowIsPresent) {
  auto facts = dual_stack_host();
  auto config = listening_on({"udp://0.0.0.0:3478"});
  config.relay.addresses = {ip("10.9.9.9"), ip("10.9.9.10"), ip("127.0.0.9")};
  std::vector<std::string> present;
  for (const auto& address : present_relay_addresses(config, facts))
    present.push_back(address.bound.to_string());
  EXPECT_THAT(present, ElementsAre("10.9.9.9", "127.0.0.9"));
  facts.binds_foreign_addresses = true;
  EXPECT_EQ(present_relay_addresses(config, facts).size(), 3u);
}

TEST(DefaultListenersTest, AreOfIpv4WhereTheHostHasNoIpv6) {
  HostFacts facts;
  facts.has_ipv6 = true;
  LoadedConfig loaded;
  fit_default_listeners(loaded, facts);
  for (const auto& listener : loaded.config.listen) EXPECT_EQ(listener.endpoint.ip, ip("::"));
  facts.has_ipv6 = false;
  fit_default_listeners(loaded, facts);
  for (const auto& listener : loaded.config.listen) EXPECT_EQ(listener.endpoint.ip, ip("0.0.0.0"));
}

TEST(DefaultListenersTest, WhatSomebodyWroteStays) {
  LoadedConfig loaded;
  loaded.config = listening_on({"udp://[::]:3478"});
  loaded.origins["listen"].kind = ConfigOrigin::Kind::kFile;
  fit_default_listeners(loaded, HostFacts{});
  EXPECT_EQ(loaded.config.listen[0].endpoint.ip, ip("::"));
}

TEST(AdvertisedAddressTest, AWildcardIsNeverToldToClientsIfAnythingIsKnown) {
  Config config;
  auto facts = dual_stack_host();
  EXPECT_EQ(advertised_address(config, facts, ip("0.0.0.0")), ip("10.0.0.5"));
  EXPECT_EQ(advertised_address(config, facts, ip("::")), ip("2001:db8::5"));
  EXPECT_EQ(advertised_address(config, facts, ip("192.0.2.1")), ip("192.0.2.1"));
  facts.default_ipv6.reset();
  facts.addresses = {ip("10.0.0.5")};
  EXPECT_EQ(advertised_address(config, facts, ip("::")), ip("10.0.0.5"));
  config.external_ip = {ip("203.0.113.7")};
  EXPECT_EQ(advertised_address(config, facts, ip("::")), ip("203.0.113.7"));
  EXPECT_EQ(advertised_address(config, facts, ip("0.0.0.0")), ip("203.0.113.7"));
}

TEST(HostDefaultsTest, FillWhatWasLeftOpenAndNothingElse) {
  auto facts = dual_stack_host();
  facts.host_name = "host.example.org";
  facts.cores = 8;
  const auto filled = with_host_defaults(listening_on({"udp://0.0.0.0:1"}), facts);
  EXPECT_EQ(filled.realm, "host.example.org");
  EXPECT_EQ(filled.workers, 8u);
  EXPECT_THAT(filled.relay.addresses, ElementsAre(ip("10.0.0.5")));
  EXPECT_EQ(with_host_defaults(filled, HostFacts{}), filled);
}

TEST(AddressScopeTest, SaysHowFarAnAddressReaches) {
  const std::pair<const char*, AddressScope> scopes[] = {
      {"127.0.0.1", AddressScope::kLoopback},    {"::1", AddressScope::kLoopback},
      {"169.254.1.1", AddressScope::kLinkLocal}, {"fe80::1", AddressScope::kLinkLocal},
      {"10.0.0.1", AddressScope::kPrivate},      {"172.31.0.1", AddressScope::kPrivate},
      {"192.168.1.1", AddressScope::kPrivate},   {"100.64.0.1", AddressScope::kPrivate},
      {"fd00::1", AddressScope::kPrivate},       {"::ffff:10.0.0.1", AddressScope::kPrivate},
      {"203.0.113.7", AddressScope::kPublic},    {"172.32.0.1", AddressScope::kPublic},
      {"2001:db8::1", AddressScope::kPublic},    {"100.128.0.1", AddressScope::kPublic}};
  for (const auto& [text, scope] : scopes) EXPECT_EQ(scope_of(ip(text)), scope) << text;
}

}  // namespace
}  // namespace app

#include "app/page_url.h"

#include <gtest/gtest.h>

namespace app {
namespace {

struct Case {
  const char* name;
  std::vector<const char*> listen;
  const char* url;  // empty: an error
};

Config config_of(const std::vector<const char*>& listen) {
  Config config;
  config.realm = "turn.example.org";
  config.listen.clear();
  for (const auto* uri : listen) config.listen.push_back(*parse_listener_uri(uri));
  return config;
}

class PageUrlTest : public testing::TestWithParam<Case> {};

TEST_P(PageUrlTest, NamesTheListenerThatBrowsersReach) {
  HostFacts facts;
  facts.default_ipv4 = *base::IpAddress::parse("203.0.113.7");
  facts.default_ipv6 = *base::IpAddress::parse("2001:db8::7");
  const auto url = page_url(config_of(GetParam().listen), facts);
  EXPECT_EQ(url.value_or(""), GetParam().url);
}

TEST(PublicUrlTest, GoesBeforeEveryListener) {
  auto config = config_of({"tls://0.0.0.0:443"});
  config.signaling.public_url = "https://example.org/rtc/";
  EXPECT_EQ(page_url(config, HostFacts{}), "https://example.org/rtc");
  EXPECT_EQ(public_url(config), "https://example.org/rtc");
}

INSTANTIATE_TEST_SUITE_P(
    Listeners, PageUrlTest,
    testing::Values(
        Case{"Port443", {"tcp://0.0.0.0:3478", "tls://0.0.0.0:443"}, "https://203.0.113.7"},
        Case{"OtherPort", {"tls://192.0.2.1:8443"}, "https://192.0.2.1:8443"},
        Case{"TcpTakesTlsToo", {"udp://0.0.0.0:443", "tcp://192.0.2.1:3478"}, "https://192.0.2.1:3478"},
        Case{
            "LoopbackIsForAProxy", {"tls://127.0.0.1:443", "tcp://192.0.2.1:3478"}, "https://192.0.2.1:3478"},
        Case{"OnlyLoopback", {"tcp://127.0.0.1:3478"}, "https://127.0.0.1:3478"},
        Case{"TlsBeforeTcp", {"tcp://192.0.2.1:1", "tls://192.0.2.1:2"}, "https://192.0.2.1:2"},
        Case{"Ipv6", {"tls://[::]:443"}, "https://[2001:db8::7]"},
        Case{"Ipv6Port", {"tls://[::]:8443"}, "https://[2001:db8::7]:8443"},
        Case{"UdpOnly", {"udp://0.0.0.0:443"}, ""}, Case{"PortUnknown", {"tls://0.0.0.0:0"}, ""}),
    [](const auto& tested) { return tested.param.name; });

TEST(PageUrlTest, OfBothFamiliesTheAddressThatReachesFurtherIsNamed) {
  HostFacts facts;
  facts.default_ipv4 = *base::IpAddress::parse("203.0.113.7");
  facts.default_ipv6 = *base::IpAddress::parse("fd00::2");
  EXPECT_EQ(page_url(config_of({"tls://[::]:443"}), facts), "https://203.0.113.7");
  facts.default_ipv4 = *base::IpAddress::parse("10.0.0.7");
  EXPECT_EQ(page_url(config_of({"tls://[::]:443"}), facts), "https://[fd00::2]");
}

TEST(PageUrlTest, CertificatesForANameAreAskedForByName) {
  auto config = config_of({"tls://192.0.2.1:443"});
  config.tls.certificate = "/etc/icebox/fullchain.pem";
  EXPECT_EQ(page_url(config, {}), "https://turn.example.org");
  config.tls.acme.domains = {"meet.example.org"};
  EXPECT_EQ(page_url(config, {}), "https://meet.example.org");
}

}  // namespace
}  // namespace app

#include "app/hub/link_base.h"

#include <gtest/gtest.h>

namespace app::hub {
namespace {

net::HttpRequest ask(const std::string& client, const std::string& host) {
  net::HttpRequest request;
  request.client = {*base::IpAddress::parse(client), 40000};
  request.server = {*base::IpAddress::parse("192.0.2.80"), 3478};
  if (!host.empty()) request.headers.add("Host", host);
  return request;
}

TEST(LinkBaseTest, ThePublicUrlGoesBeforeEverything) {
  EXPECT_EQ(link_base(ask("127.0.0.1", "a"), "https://example.org/rtc", "https://own"),
            "https://example.org/rtc");
}

TEST(LinkBaseTest, ElseItIsWhereTheRequestFoundUs) {
  auto request = ask("203.0.113.9", "ice.example.org:8443");
  request.secure = true;
  EXPECT_EQ(link_base(request, "", "https://own"), "https://ice.example.org:8443");
  request.prefix = "/rtc";
  EXPECT_EQ(link_base(request, "", "https://own"), "https://ice.example.org:8443/rtc");
  request.authority = "meet.example.org";
  EXPECT_EQ(link_base(request, "", "https://own"), "https://meet.example.org/rtc");
}

TEST(LinkBaseTest, AProxyThatSaysNothingOfTlsIsTakenToHaveEndedIt) {
  auto request = ask("203.0.113.9", "ice.example.org");
  request.proxied = true;
  request.tells_scheme = false;
  EXPECT_EQ(link_base(request, "", ""), "https://ice.example.org");
  request.tells_scheme = true;
  EXPECT_EQ(link_base(request, "", ""), "http://ice.example.org");
}

TEST(LinkBaseTest, WhatLeadsNowhereFromAnotherDeviceIsReplaced) {
  for (const auto* host : {"127.0.0.1:3478", "localhost:3478", "a.localhost", ""})
    EXPECT_EQ(link_base(ask("127.0.0.1", host), "", "https://203.0.113.7:3478"), "https://203.0.113.7:3478")
        << host;
  EXPECT_EQ(link_base(ask("::1", "localhost:3478"), "", ""), "http://localhost:3478");
  EXPECT_EQ(link_base(ask("127.0.0.1", ""), "", ""), "https://192.0.2.80:3478");
}

TEST(LinkBaseTest, AnUnknownProxyOfThisHostEndsTlsAsARule) {
  EXPECT_EQ(link_base(ask("127.0.0.1", "ice.example.org"), "", "https://203.0.113.7"),
            "https://ice.example.org");
}

TEST(LinkBaseTest, PlainHttpThatTheOperatorAllowsIsLinkedTo) {
  EXPECT_EQ(link_base(ask("10.0.0.9", "10.0.0.1:3478"), "", "https://203.0.113.7"), "http://10.0.0.1:3478");
}

}  // namespace
}  // namespace app::hub

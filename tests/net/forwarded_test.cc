#include "net/forwarded.h"

#include <gtest/gtest.h>

#include <utility>

namespace net {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const base::IpAddress kProxy = *base::IpAddress::parse("192.0.2.1");
const TrustedProxies kTrusted({*base::IpPrefix::parse("192.0.2.0/28"),
                               *base::IpPrefix::parse("2001:db8:1::/64")});

HttpHeaders headers_of(const Fields& fields) {
  HttpHeaders headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return headers;
}

Forwarded read(const Fields& fields) { return kTrusted.read(headers_of(fields), kProxy); }
std::string client_of(const Fields& fields) { return read(fields).client.to_string(); }

TEST(ForwardedTest, TheNearestAddressThatIsNoProxyIsTheClient) {
  EXPECT_EQ(client_of({{"X-Forwarded-For", "203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(client_of({{"X-Forwarded-For", "203.0.113.9, 192.0.2.2"}}), "203.0.113.9");
  EXPECT_EQ(client_of({{"x-forwarded-for", "203.0.113.9"}, {"X-Forwarded-For", "192.0.2.2, 2001:db8:1::7"}}),
            "203.0.113.9");
  EXPECT_EQ(client_of({{"Forwarded", "for=203.0.113.9;proto=https, for=192.0.2.2"}}), "203.0.113.9");
}

TEST(ForwardedTest, WhatTheClientWroteItselfStandsFurtherLeftAndIsNotRead) {
  EXPECT_EQ(client_of({{"X-Forwarded-For", "127.0.0.1, 203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(client_of({{"X-Forwarded-For", "192.0.2.3, 203.0.113.9, 192.0.2.2"}}), "203.0.113.9");
  EXPECT_EQ(client_of({{"Forwarded", "for=127.0.0.1"}, {"Forwarded", "for=203.0.113.9"}}), "203.0.113.9");
}

TEST(ForwardedTest, AnEntryThatIsNoAddressEndsTheSearchAtTheLastProxy) {
  for (const auto* entry :
       {"unknown", "_hidden", "x", "203.0.113.9x", "999.1.1.1", "fe80::1%eth0", "203.0.113.9:x", "[::1"})
    EXPECT_EQ(client_of({{"X-Forwarded-For", std::string("203.0.113.7, ") + entry + ", 192.0.2.2"}}),
              "192.0.2.2")
        << entry;
  EXPECT_EQ(client_of({{"X-Forwarded-For", ""}}), "192.0.2.1");
  EXPECT_EQ(client_of({{"Forwarded", "for=unknown"}}), "192.0.2.1");
  EXPECT_EQ(client_of({{"Forwarded", "proto=https"}}), "192.0.2.1");
}

TEST(ForwardedTest, AQuoteWithoutEndSwallowsWhatTheProxyWroteBehindIt) {
  for (const auto* value : {"for=\"203.0.113.9", "for=\"1, for=203.0.113.9", "for=203.0.113.9;host=\"a\\"}) {
    EXPECT_TRUE(read({{"Forwarded", value}}).malformed) << value;
    EXPECT_EQ(client_of({{"Forwarded", value}, {"X-Forwarded-For", "203.0.113.9"}}), "192.0.2.1") << value;
  }
  EXPECT_FALSE(read({{"Forwarded", "for=\"[2001:db8::9]\""}}).malformed);
}

TEST(ForwardedTest, AddressesComeInEveryCustomaryForm) {
  for (const auto* entry : {"203.0.113.9:4711", "::ffff:203.0.113.9", "[::ffff:203.0.113.9]:1"})
    EXPECT_EQ(client_of({{"X-Forwarded-For", entry}}), "203.0.113.9") << entry;
  for (const auto* entry : {"2001:db8::9", "[2001:db8::9]", "[2001:db8::9]:4711"})
    EXPECT_EQ(client_of({{"X-Forwarded-For", entry}}), "2001:db8::9") << entry;
  EXPECT_EQ(client_of({{"Forwarded", "For=\"[2001:db8::9]:4711\";host=a"}}), "2001:db8::9");
  EXPECT_EQ(client_of({{"Forwarded", "for = \"203.0.113.9\" ; by=x"}}), "203.0.113.9");
}

TEST(ForwardedTest, OnlyProxiesAboveAllTheFirstIsTheClient) {
  EXPECT_EQ(client_of({{"X-Forwarded-For", "192.0.2.3, 192.0.2.2"}}), "192.0.2.3");
}

TEST(ForwardedTest, SchemeAndHostAreThoseOfTheClientsHop) {
  const auto usual = read({{"X-Forwarded-For", "203.0.113.9, 192.0.2.2"},
                           {"X-Forwarded-Proto", "https, http"},
                           {"X-Forwarded-Host", "ICE.example.org, inner"}});
  EXPECT_EQ(usual.secure, true);
  EXPECT_EQ(usual.host, "ice.example.org");
  const auto set_by_the_last =
      read({{"X-Forwarded-For", "1.1.1.1, 203.0.113.9"}, {"X-Forwarded-Proto", "wss"}});
  EXPECT_EQ(set_by_the_last.secure, true);
  const auto standard =
      read({{"Forwarded", "for=203.0.113.9;proto=http;host=\"ice.example.org:8080\", for=192.0.2.2"}});
  EXPECT_EQ(standard.secure, false);
  EXPECT_EQ(standard.host, "ice.example.org:8080");
  EXPECT_EQ(read({{"X-Forwarded-Proto", "https"}}).secure, true);
  EXPECT_EQ(read({{"X-Forwarded-For", "203.0.113.9"}}).secure, std::nullopt);
  EXPECT_EQ(read({{"X-Forwarded-Proto", "gopher"}}).secure, std::nullopt);
}

TEST(ForwardedTest, APrependedSchemeOfTheClientsIsNotTaken) {
  const auto forged =
      read({{"X-Forwarded-For", "1.1.1.1, 203.0.113.9"}, {"X-Forwarded-Proto", "https, http"}});
  EXPECT_EQ(forged.secure, false);
}

TEST(ForwardedTest, APortThatTheHostLacksMayBeToldApart) {
  const auto host = [](const std::string& port, const std::string& proto) {
    return read({{"X-Forwarded-Host", "a.example"}, {"X-Forwarded-Port", port}, {"X-Forwarded-Proto", proto}})
        .host;
  };
  EXPECT_EQ(host("8443", "https"), "a.example:8443");
  EXPECT_EQ(host("443", "https"), "a.example");
  EXPECT_EQ(host("80", "http"), "a.example");
  EXPECT_EQ(host("x", "http"), "a.example");
}

TEST(ForwardedTest, WhatGoesIntoLinksIsAHostAndAPathAndNothingElse) {
  for (const auto* host : {"a.example/x", "u@a.example", "a.example\"", "a b", "a.example:99999"})
    EXPECT_EQ(read({{"X-Forwarded-Host", host}}).host, "") << host;
  EXPECT_EQ(read({{"X-Forwarded-Prefix", "/rtc/"}}).prefix, "/rtc");
  for (const auto* prefix : {"/", "rtc", "//evil.example", "/a?b", "/a#b", "/<a>", "/a b"})
    EXPECT_EQ(read({{"X-Forwarded-Prefix", prefix}}).prefix, "") << prefix;
}

TEST(ForwardedTest, TwoFieldsThatNameDifferentClientsAreNeitherBelieved) {
  const auto both = read({{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=198.51.100.1"}});
  EXPECT_TRUE(both.contradictory);
  EXPECT_EQ(both.client, kProxy);
  const auto agreed = read({{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=203.0.113.9"}});
  EXPECT_FALSE(agreed.contradictory);
  EXPECT_EQ(agreed.client.to_string(), "203.0.113.9");
}

TEST(ForwardedTest, KnowsItsFieldsAndItsProxies) {
  EXPECT_FALSE(has_forwarded_fields(headers_of({{"Host", "a"}})));
  for (const auto* name : {"x-forwarded-for", "FORWARDED", "X-Forwarded-Proto", "X-Forwarded-Host"})
    EXPECT_TRUE(has_forwarded_fields(headers_of({{name, ""}}))) << name;
  EXPECT_TRUE(kTrusted.contains(kProxy));
  EXPECT_FALSE(kTrusted.contains(*base::IpAddress::parse("192.0.2.16")));
  EXPECT_FALSE(TrustedProxies().contains(kProxy));
}

}  // namespace
}  // namespace net

#include "base/web_origin.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(WebOriginTest, AnAuthorityIsAHostAndPerhapsAPort) {
  EXPECT_EQ(parse_authority("ICE.example.org"), (Authority{"ice.example.org", std::nullopt}));
  EXPECT_EQ(parse_authority("ice.example.org:8443"), (Authority{"ice.example.org", 8443}));
  EXPECT_EQ(parse_authority("[2001:DB8::1]:443"), (Authority{"[2001:db8::1]", 443}));
  EXPECT_EQ(parse_authority("ice.example.org:"), (Authority{"ice.example.org", std::nullopt}));
  for (const auto* text : {"", ":80", "a b", "u@a", "a/b", "a:0", "a:65536", "a:1:2", "[::1", "[x]", "[::1]x",
                           "\xc3\xbc.org", "a\"b", "a<b"})
    EXPECT_FALSE(parse_authority(text)) << text;
}

TEST(WebOriginTest, OnlyAddressesAreLiterals) {
  EXPECT_TRUE(is_ip_literal(*parse_authority("127.0.0.1:80")));
  EXPECT_TRUE(is_ip_literal(*parse_authority("[::1]")));
  EXPECT_FALSE(is_ip_literal(*parse_authority("127.0.0.1.example.org")));
  EXPECT_FALSE(is_ip_literal(*parse_authority("localhost")));
}

TEST(WebOriginTest, AnOriginHasTheSchemesPortIfNoneIsWritten) {
  EXPECT_EQ(parse_origin("HTTPS://Ice.example.org"), (WebOrigin{"https", "ice.example.org", 443}));
  EXPECT_EQ(parse_origin("http://[::1]:3478"), (WebOrigin{"http", "[::1]", 3478}));
  EXPECT_EQ(parse_origin("moz-extension://abc"), (WebOrigin{"moz-extension", "abc", 0}));
  for (const auto* text : {"null", "", "https://", "://a", "https:/a", "https://a/b", "https://u@a"})
    EXPECT_FALSE(parse_origin(text)) << text;
}

bool matches(std::string_view pattern, std::string_view origin) {
  const auto parsed = OriginPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern << ": " << parsed.error();
  return parsed && parsed->matches(origin);
}

TEST(OriginPatternTest, MatchesWhatItSaysAndNothingElse) {
  EXPECT_TRUE(matches("https://App.example.org", "https://app.example.org"));
  EXPECT_FALSE(matches("https://app.example.org", "http://app.example.org"));
  EXPECT_FALSE(matches("https://app.example.org", "https://app.example.org:8443"));
  EXPECT_FALSE(matches("https://app.example.org", "https://app.example.org.evil.example"));
  EXPECT_TRUE(matches("http://app.example.org:8080", "http://app.example.org:8080"));
  EXPECT_TRUE(matches("capacitor://localhost", "capacitor://localhost"));
  EXPECT_TRUE(matches("*", "null"));
  EXPECT_TRUE(matches("null", "null"));
  EXPECT_FALSE(matches("null", "https://null"));
  EXPECT_TRUE(matches("file://", "file://"));
}

TEST(OriginPatternTest, AStarInFrontStandsForTheNamesBelow) {
  EXPECT_TRUE(matches("https://*.example.org", "https://a.example.org"));
  EXPECT_TRUE(matches("https://*.example.org", "https://a.b.example.org"));
  EXPECT_FALSE(matches("https://*.example.org", "https://example.org"));
  EXPECT_FALSE(matches("https://*.example.org", "https://.example.org"));
  EXPECT_FALSE(matches("https://*.example.org", "https://evilexample.org"));
  EXPECT_FALSE(matches("https://*.example.org", "http://a.example.org"));
  EXPECT_FALSE(matches("https://*.example.org", "https://a.example.org:8443"));
  EXPECT_FALSE(matches("https://*.example.org", "https://a.example.org.evil.example"));
}

TEST(OriginPatternTest, AStarForThePortStandsForEach) {
  EXPECT_TRUE(matches("http://localhost:*", "http://localhost"));
  EXPECT_TRUE(matches("http://localhost:*", "http://localhost:5173"));
  EXPECT_FALSE(matches("http://localhost:*", "https://localhost:5173"));
  EXPECT_FALSE(matches("http://localhost:*", "http://localhost.evil.example:5173"));
  EXPECT_TRUE(matches("https://*.example.org:*", "https://a.example.org:1"));
}

TEST(OriginPatternTest, WhatNoBrowserWouldSendIsRefusedWithTheCure) {
  for (const auto* text : {"",
                           "example.org",
                           "*.example.org",
                           "https://",
                           "https://*",
                           "https://*.",
                           "https://a.*.org",
                           "https://a*.org",
                           "https://example.org/",
                           "https://example.org/path",
                           "https://example.org?x",
                           "https://u@example.org",
                           "https://example.org:443",
                           "http://example.org:80",
                           "https://example.org:0",
                           "https://example.org:70000",
                           "https://example.org:",
                           "wss://example.org",
                           "ws://example.org",
                           "https://b\xc3\xbc"
                           "cher.example",
                           "https://2001:db8::1",
                           "https://a b",
                           "://a",
                           "https:// example.org",
                           "Null"}) {
    const auto parsed = OriginPattern::parse(text);
    EXPECT_FALSE(parsed) << text;
    const auto fault = parsed ? std::string() : parsed.error();
    EXPECT_NE(fault.find("; write for example"), std::string::npos) << text << ": " << fault;
  }
}

TEST(OriginPatternTest, TellsWhoseHostsItNames) {
  EXPECT_TRUE(OriginPattern::parse("https://app.example.org")->matches_host("app.example.org"));
  EXPECT_TRUE(OriginPattern::parse("https://*.example.org")->matches_host("app.example.org"));
  EXPECT_FALSE(OriginPattern::parse("https://*.example.org")->matches_host("evil.example"));
  EXPECT_FALSE(OriginPattern::parse("*")->matches_host("evil.example"));
  EXPECT_FALSE(OriginPattern::parse("null")->matches_host("null"));
}

}  // namespace
}  // namespace base

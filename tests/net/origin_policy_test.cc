#include "net/origin_policy.h"

#include <gtest/gtest.h>

namespace net {
namespace {

struct Visit {
  std::string origin;
  std::string host;
  bool secure;
  bool allowed;
  uint16_t port = 0;  // where the connection came to; 0: not known
};

HttpRequest request_of(const Visit& visit) {
  HttpRequest request;
  if (!visit.host.empty()) request.headers.add("Host", visit.host);
  request.headers.add("Origin", visit.origin);
  request.secure = visit.secure;
  request.server.port = visit.port;
  return request;
}

struct OwnOriginTest : testing::TestWithParam<Visit> {};

TEST_P(OwnOriginTest, PagesOfOurOwnAreAllowedAndNoOthers) {
  const auto& visit = GetParam();
  EXPECT_EQ(OriginPolicy().allows(request_of(visit)), visit.allowed)
      << visit.origin << " at " << visit.host << (visit.secure ? " over TLS" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Origins, OwnOriginTest,
    testing::Values(Visit{"https://ice.example.org", "ice.example.org", true, true},
                    Visit{"https://ICE.example.org", "ice.example.org", true, true},
                    Visit{"https://ice.example.org", "ice.example.org:443", true, true},
                    Visit{"https://ice.example.org:8443", "ice.example.org:8443", true, true},
                    Visit{"http://127.0.0.1:3478", "127.0.0.1:3478", false, true},
                    Visit{"http://[::1]:3478", "[::1]:3478", false, true},
                    Visit{"https://ice.example.org", "ice.example.org", false, true},  // a proxy ends TLS
                    Visit{"http://ice.example.org", "ice.example.org", true,
                          false},  // a plain page, TLS here
                    Visit{"https://evil.example", "ice.example.org", true, false},
                    Visit{"https://ice.example.org.evil.example", "ice.example.org", true, false},
                    Visit{"https://ice.example.org:8443", "ice.example.org", true, false},
                    Visit{"https://ice.example.org:80", "ice.example.org", true, false},
                    // A port that a proxy removed ("Host $host") cannot be compared.
                    Visit{"https://ice.example.org:8443", "ice.example.org", false, true, 3478},
                    Visit{"http://127.0.0.1:21510", "127.0.0.1", false, true, 21500},
                    Visit{"https://evil.example:8443", "ice.example.org", false, false, 3478},
                    // On the scheme's own port nothing was removed.
                    Visit{"https://ice.example.org:8443", "ice.example.org", true, false, 443},
                    Visit{"http://ice.example.org:8080", "ice.example.org", false, false, 80},
                    Visit{"https://ice.example.org:8443", "ice.example.org:3478", false, false, 3478},
                    Visit{"null", "ice.example.org", true, false}, Visit{"null", "null", true, false},
                    Visit{"", "ice.example.org", true, false}, Visit{"https://", "", true, false},
                    Visit{"file://ice.example.org", "ice.example.org", false, false}));

TEST(OriginPolicyTest, AClientThatIsNoPageIsAllowed) {
  HttpRequest request;
  request.headers.add("Host", "ice.example.org");
  EXPECT_TRUE(OriginPolicy().allows(request));
}

TEST(OriginPolicyTest, ConfiguredOriginsAreAllowedBesideOurOwn) {
  const OriginPolicy policy({"https://app.example.org", "http://localhost:5173"});
  const auto allows = [&](const std::string& origin) {
    return policy.allows(request_of({origin, "ice.example.org", true, true}));
  };
  EXPECT_TRUE(allows("https://app.example.org"));
  EXPECT_TRUE(allows("http://localhost:5173"));
  EXPECT_TRUE(allows("https://ice.example.org"));
  EXPECT_FALSE(allows("http://app.example.org"));
  EXPECT_FALSE(allows("https://app.example.org.evil.example"));
  EXPECT_FALSE(allows("null"));
}

TEST(OriginPolicyTest, WhatAProxySaysOfTheHostIsWhatIsCompared) {
  auto request = request_of({"https://ice.example.org:8443", "127.0.0.1:3478", false, true});
  EXPECT_FALSE(OriginPolicy().allows(request));
  request.proxied = true;
  request.authority = "ice.example.org:8443";
  EXPECT_TRUE(OriginPolicy().allows(request));
  request.authority = "ice.example.org";
  EXPECT_TRUE(OriginPolicy().allows(request));
  request.authority = "ice.example.org:9443";
  EXPECT_FALSE(OriginPolicy().allows(request));
}

TEST(OriginPolicyTest, PatternsStandForManyOrigins) {
  const OriginPolicy policy({"https://*.example.org", "http://localhost:*", "null"});
  for (const auto* origin : {"https://a.example.org", "http://localhost:5173", "null"})
    EXPECT_TRUE(policy.lists(origin));
  for (const auto* origin : {"https://example.org", "https://localhost:5173", "https://a.example.org:1", ""})
    EXPECT_FALSE(policy.lists(origin)) << origin;
  EXPECT_TRUE(policy.names_host("a.example.org"));
  EXPECT_FALSE(policy.names_host("evil.example"));
}

TEST(OriginPolicyTest, ARefusalSaysWhatWasComparedAndTheCure) {
  const auto text =
      describe_refused_origin(request_of({"https://evil.example\n<b>", "ice.example.org", true, false}));
  EXPECT_NE(text.find("\"https://evil.example??b>\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"https://ice.example.org\""), std::string::npos) << text;
  EXPECT_NE(text.find("signaling.allowed_origins"), std::string::npos) << text;
  EXPECT_NE(text.find("proxy_set_header Host $http_host"), std::string::npos) << text;
}

TEST(OriginPolicyTest, AStarAllowsEvenPagesWithoutAnOrigin) {
  const OriginPolicy policy({"*"});
  EXPECT_TRUE(policy.allows(request_of({"https://evil.example", "ice.example.org", true, true})));
  EXPECT_TRUE(policy.allows(request_of({"null", "ice.example.org", true, true})));
}

}  // namespace
}  // namespace net

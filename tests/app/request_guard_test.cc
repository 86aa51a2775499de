#include "app/request_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace app {
namespace {

using ::testing::HasSubstr;

using Fields = std::vector<std::pair<std::string, std::string>>;

net::HttpRequest ask(const std::string& client, const Fields& fields, const std::string& method = "GET",
                     const std::string& path = "/api/ice-servers") {
  net::HttpRequest request;
  request.method = method;
  request.path = request.target = path;
  request.client = {*base::IpAddress::parse(client), 40000};
  request.server = {*base::IpAddress::parse("192.0.2.80"), 3478};
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

struct RequestGuardTest : testing::Test {
  RequestGuardTest() {
    options.proxies = net::TrustedProxies({*base::IpPrefix::parse("192.0.2.1/32")});
    options.is_our_name = [](const std::string& name) { return name == "ice.example.org"; };
    options.origins = net::OriginPolicy({"https://app.example.org", "https://*.apps.example"});
  }
  Verdict judge(net::HttpRequest& request) const { return RequestGuard(options).judge(request); }
  Verdict judge(net::HttpRequest&& request) const { return RequestGuard(options).judge(request); }
  // 0: let through.
  int status(net::HttpRequest request) const {
    const auto verdict = judge(request);
    return verdict.refusal ? verdict.refusal->status : 0;
  }

  GuardOptions options;
};

net::HttpRequest over_tls(net::HttpRequest request) {
  request.secure = true;
  return request;
}

TEST_F(RequestGuardTest, ATrustedProxysWordIsTaken) {
  auto request = ask("192.0.2.1", {{"Host", "127.0.0.1:3478"},
                                   {"X-Forwarded-For", "203.0.113.9"},
                                   {"X-Forwarded-Proto", "https"},
                                   {"X-Forwarded-Host", "ice.example.org:8443"},
                                   {"X-Forwarded-Prefix", "/rtc"}});
  const auto verdict = judge(request);
  EXPECT_FALSE(verdict.refusal);
  EXPECT_FALSE(verdict.concern);
  EXPECT_TRUE(verdict.through_proxy);
  EXPECT_EQ(request.client.ip.to_string(), "203.0.113.9");
  EXPECT_TRUE(request.secure && request.proxied && request.tells_scheme);
  EXPECT_EQ(request.asked_authority(), "ice.example.org:8443");
  EXPECT_EQ(request.prefix, "/rtc");
}

TEST_F(RequestGuardTest, AStrangersWordIsNotAndTheOperatorHears) {
  auto request = over_tls(ask("203.0.113.66", {{"Host", "ice.example.org"},
                                               {"X-Forwarded-For", "127.0.0.1"},
                                               {"X-Forwarded-Host", "evil.example"},
                                               {"X-Forwarded-Proto", "http"}}));
  const auto verdict = judge(request);
  EXPECT_FALSE(verdict.refusal);
  EXPECT_EQ(verdict.concern, GuardConcern::kUntrustedProxy);
  EXPECT_THAT(verdict.text, HasSubstr("limits.forwarded_for_from"));
  EXPECT_EQ(request.client.ip.to_string(), "203.0.113.66");
  EXPECT_TRUE(request.secure);
  EXPECT_EQ(request.asked_authority(), "ice.example.org");
  EXPECT_FALSE(verdict.through_proxy);
}

TEST_F(RequestGuardTest, OnceAPROXYHeaderNamedTheClientForwardedFieldsAreNeitherBelievedNorComplainedOf) {
  auto request = ask("203.0.113.9", {{"Host", "ice.example.org"}, {"X-Forwarded-For", "127.0.0.1"}});
  request.proxied = true;
  request.tells_scheme = false;
  const auto verdict = judge(request);
  EXPECT_FALSE(verdict.refusal || verdict.concern);
  EXPECT_EQ(request.client.ip.to_string(), "203.0.113.9");
}

// As the proxy's they would count for no source: who added a field of its own had connections without end.
TEST_F(RequestGuardTest, FieldsThatContradictEachOtherOrHaveNoEndAreRefused) {
  for (const auto* forwarded : {"for=198.51.100.1", "for=unknown", "for=\"1", "for=203.0.113.9;host=\"x"}) {
    auto request = ask("192.0.2.1", {{"Host", "localhost"},
                                     {"X-Forwarded-For", "203.0.113.9"},
                                     {"Forwarded", forwarded},
                                     {"X-Forwarded-Proto", "https"}});
    const auto verdict = judge(request);
    EXPECT_EQ(verdict.concern, GuardConcern::kContradictoryProxy) << forwarded;
    ASSERT_TRUE(verdict.refusal) << forwarded;
    EXPECT_EQ(verdict.refusal->status, 400);
  }
  EXPECT_EQ(status(ask("192.0.2.1", {{"Host", "ice.example.org"},
                                     {"X-Forwarded-For", "203.0.113.9"},
                                     {"Forwarded", "for=203.0.113.9"},
                                     {"X-Forwarded-Proto", "https"}})),
            0);
}

TEST_F(RequestGuardTest, OnlyNamesOfOursAreAnswered) {
  const auto as = [&](const std::string& host, const std::string& client = "203.0.113.9") {
    return status(over_tls(ask(client, {{"Host", host}})));
  };
  for (const auto* host : {"ice.example.org", "ICE.example.org:8443", "ice.example.org.", "203.0.113.7",
                           "[2001:db8::1]:443", "app.example.org", "a.apps.example"})
    EXPECT_EQ(as(host), 0) << host;
  for (const auto* host : {"evil.example", "ice.example.org.evil.example", "xice.example.org", "localhost",
                           "a/b", "127.0.0.1.evil.example", "u@ice.example.org"})
    EXPECT_EQ(as(host), 421) << host;
  EXPECT_EQ(as("localhost:3478", "127.0.0.1"), 0);
  EXPECT_EQ(as("a.localhost", "::1"), 0);
  EXPECT_EQ(as("evil.example", "127.0.0.1"), 421);  // DNS rebinding to 127.0.0.1
  EXPECT_EQ(status(over_tls(ask("203.0.113.9", {}))), 0);
  const auto verdict = judge(over_tls(ask("203.0.113.9", {{"Host", "evil.example"}})));
  EXPECT_EQ(verdict.concern, GuardConcern::kForeignHost);
  EXPECT_THAT(verdict.refusal->body, HasSubstr("evil.example"));
  EXPECT_THAT(verdict.refusal->body, HasSubstr("signaling.public_url"));
}

TEST_F(RequestGuardTest, ATrustedProxyMayAskUnderAnyName) {
  EXPECT_EQ(status(ask("192.0.2.1", {{"Host", "other.example"}, {"X-Forwarded-For", "203.0.113.9"}})), 0);
  EXPECT_EQ(status(ask("192.0.2.1", {{"Host", "a b"}, {"X-Forwarded-For", "203.0.113.9"}})), 421);
}

TEST_F(RequestGuardTest, WhoeverWatchesTheServerIsAnsweredAlways) {
  for (const auto* path : {"/healthz", "/readyz"})
    EXPECT_EQ(status(ask("203.0.113.9", {{"Host", "evil.example"}}, "GET", path)), 0) << path;
}

TEST_F(RequestGuardTest, PlainHttpFromAfarRedirectsPagesAndRefusesTheRest) {
  const Fields host{{"Host", "ice.example.org:3478"}};
  const auto page = judge(ask("203.0.113.9", host, "GET", "/"));
  ASSERT_TRUE(page.refusal);
  EXPECT_EQ(page.refusal->status, 307);
  EXPECT_EQ(page.refusal->headers.find("Location"), "https://ice.example.org:3478/");
  for (const auto& [method, path] :
       {std::pair("GET", "/api/ice-servers"), {"POST", "/api/verify"}, {"GET", "/ws"}, {"POST", "/"}}) {
    const auto verdict = judge(ask("203.0.113.9", host, method, path));
    ASSERT_TRUE(verdict.refusal) << path;
    EXPECT_EQ(verdict.refusal->status, 403);
    EXPECT_EQ(verdict.concern, GuardConcern::kPlainHttp);
    EXPECT_THAT(verdict.refusal->body, HasSubstr("https://ice.example.org:3478/"));
    EXPECT_THAT(verdict.refusal->body, HasSubstr("limits.plain_http"));
  }
  EXPECT_EQ(status(ask("127.0.0.1", host)), 0);
  EXPECT_EQ(status(over_tls(ask("203.0.113.9", host))), 0);
  options.plain_http = true;
  EXPECT_EQ(status(ask("203.0.113.9", host)), 0);
}

TEST_F(RequestGuardTest, WithoutAPortInHostTheRedirectGoesWhereHttpsIsServed) {
  const auto location = [&] {
    auto request = ask("203.0.113.9", {{"Host", "ice.example.org"}}, "GET", "/");
    request.query = "fake=1";
    return std::string(judge(request).refusal->headers.find("Location").value());
  };
  EXPECT_EQ(location(), "https://ice.example.org/?fake=1");
  options.https_port = 443;
  EXPECT_EQ(location(), "https://ice.example.org/?fake=1");
  options.https_port = 3478;
  EXPECT_EQ(location(), "https://ice.example.org:3478/?fake=1");
  options.public_url = "https://meet.example.org/rtc";
  EXPECT_EQ(location(), "https://meet.example.org/rtc/?fake=1");
}

TEST_F(RequestGuardTest, AProxyThatSaysNothingOfTlsIsTakenToHaveEndedIt) {
  EXPECT_EQ(status(ask("192.0.2.1", {{"Host", "a"}, {"X-Forwarded-For", "203.0.113.9"}})), 0);
  EXPECT_EQ(status(ask("192.0.2.1",
                       {{"Host", "a"}, {"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "http"}})),
            403);
  EXPECT_EQ(status(ask("192.0.2.1",
                       {{"Host", "a"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "http"}})),
            0);
}

TEST_F(RequestGuardTest, AForeignPagesPostAndWebSocketAreRefusedBeforeAnythingIsSpent) {
  const auto from = [&](const std::string& origin, const std::string& method, const std::string& path,
                        bool upgrade = false) {
    Fields fields{{"Host", "ice.example.org"}, {"Origin", origin}};
    if (upgrade) fields.emplace_back("Upgrade", "websocket");
    return status(over_tls(ask("203.0.113.9", fields, method, path)));
  };
  EXPECT_EQ(from("https://evil.example", "POST", "/api/invitations/redeem"), 403);
  EXPECT_EQ(from("null", "POST", "/api/register"), 403);
  EXPECT_EQ(from("https://evil.example", "GET", "/ws", true), 403);
  EXPECT_EQ(from("https://evil.example", "GET", "/api/ice-servers"), 0);  // CORS keeps it from the page
  EXPECT_EQ(from("https://evil.example", "OPTIONS", "/api/register"), 0);
  EXPECT_EQ(from("https://ice.example.org", "POST", "/api/invitations/redeem"), 0);
  EXPECT_EQ(from("https://app.example.org", "POST", "/api/invitations/redeem"), 0);
  EXPECT_EQ(from("https://x.apps.example", "GET", "/ws", true), 0);
}

TEST_F(RequestGuardTest, ThePathOfThePublicUrlIsTakenOffWhereTheProxyLeavesIt) {
  options.public_url = "https://meet.example.org/rtc";
  const auto path_of = [&](const std::string& path) {
    auto request = over_tls(ask("203.0.113.9", {{"Host", "meet.example.org"}}, "GET", path));
    EXPECT_FALSE(judge(request).refusal) << path;
    return request.path;
  };
  EXPECT_EQ(path_of("/rtc/"), "/");
  EXPECT_EQ(path_of("/rtc/api/ice-servers"), "/api/ice-servers");
  EXPECT_EQ(path_of("/rtcx"), "/rtcx");
  EXPECT_EQ(path_of("/ws"), "/ws");
  const auto verdict = judge(over_tls(ask("203.0.113.9", {{"Host", "meet.example.org"}}, "GET", "/rtc")));
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->headers.find("Location"), "https://meet.example.org/rtc/");
}

TEST_F(RequestGuardTest, EveryAnswerKeepsToItsOriginAndTlsIsRememberedWithAnOperatorsCertificate) {
  EXPECT_EQ(judge(ask("127.0.0.1", {})).headers.find("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(judge(ask("127.0.0.1", {}, "GET", "/healthz")).headers.find("Cross-Origin-Resource-Policy"),
            "cross-origin")
      << "pages that are not let in ask by it whether anybody is there";
  EXPECT_FALSE(judge(over_tls(ask("203.0.113.9", {}))).headers.find("Strict-Transport-Security"));
  options.strict_transport = true;
  EXPECT_TRUE(judge(over_tls(ask("203.0.113.9", {}))).headers.find("Strict-Transport-Security"));
  EXPECT_FALSE(judge(ask("127.0.0.1", {})).headers.find("Strict-Transport-Security"));
  EXPECT_FALSE(
      judge(ask("192.0.2.1", {{"X-Forwarded-Proto", "https"}})).headers.find("Strict-Transport-Security"));
}

}  // namespace
}  // namespace app

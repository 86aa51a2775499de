#include "net/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.h"
#include "tests/net/stream_world.h"

namespace net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A WHIP endpoint and a route that is nobody's else.
struct CorsTest : StreamTest, testing::Test {
  CorsTest() {
    router.add("POST", "/whip", [](const HttpRequest&, const HttpExchange& exchange) {
      HttpResponse response{.status = 201, .headers = {}, .body = "v=0"};
      response.headers.add("Location", "/whip/1");
      exchange.respond(std::move(response));
    });
    router.add("OPTIONS", "/whip", [](const HttpRequest&, const HttpExchange& exchange) {
      HttpResponse response{.status = 204, .headers = {}, .body = {}};
      response.headers.add("Accept-Post", "application/sdp");
      exchange.respond(std::move(response));
    });
    router.add_prefix("DELETE", "/whip/", [](const HttpRequest&, const HttpExchange& exchange) {
      exchange.respond(HttpResponse::problem(401));
    });
    router.add("GET", "/private", [](const HttpRequest&, const HttpExchange& exchange) {
      exchange.respond(HttpResponse::text(200, "ours"));
    });
    router.add("GET", "/whip/forgotten", [](const HttpRequest&, const HttpExchange&) {});
    router.allow_cors("/whip", CorsPolicy{.origins = OriginPolicy({"https://app.example.org"})});
  }

  std::string ask(const std::string& method, const std::string& path, const std::string& fields) {
    auto pair = connect_pair();
    Accepted accepted;
    accepted.stream = std::make_unique<Stream>(std::move(pair.server), StreamOptions{});
    http.serve(std::move(accepted));
    std::string answer;
    run_beside(loop, [&] {
      pair.client->send(method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields +
                        "\r\n");
      answer = pair.client->read_until_closed();
    });
    return answer;
  }

  const std::string app = "Origin: https://app.example.org\r\n";
  const std::string evil = "Origin: https://evil.example\r\n";
  const std::string preflight = "Access-Control-Request-Method: POST\r\n";
  HttpRouter router;
  HttpServer http{group, router, HttpOptions{}};
};

TEST_F(CorsTest, APreflightIsAnsweredForTheRoutesMethods) {
  const auto answer = ask("OPTIONS", "/whip", app + preflight);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, If-Match\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Max-Age: 600\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nVary: Origin\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Allow-Credentials")));
  EXPECT_THAT(ask("OPTIONS", "/whip/1", app + preflight),
              HasSubstr("\r\nAccess-Control-Allow-Methods: DELETE\r\n"));
}

TEST_F(CorsTest, OptionsThatIsNoPreflightGoesToItsRoute) {
  const auto answer = ask("OPTIONS", "/whip", app);
  EXPECT_THAT(answer, HasSubstr("\r\nAccept-Post: application/sdp\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"));
}

TEST_F(CorsTest, AnAllowedPageMayReadWhatWhipNeeds) {
  const auto answer = ask("POST", "/whip", app);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Expose-Headers: Location, Link, ETag, Accept-Patch"));
}

TEST_F(CorsTest, AnAllowedPageMayReadErrorsToo) {
  for (const auto& [method, path] :
       {std::pair("DELETE", "/whip/1"), {"GET", "/whip/1"}, {"GET", "/whip/forgotten"}}) {
    EXPECT_THAT(ask(method, path, app),
                HasSubstr("\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"))
        << method << path;
  }
}

TEST_F(CorsTest, AForeignPageMayReadNothing) {
  EXPECT_THAT(ask("POST", "/whip", evil), Not(HasSubstr("Access-Control")));
  EXPECT_THAT(ask("OPTIONS", "/whip", evil + preflight), Not(HasSubstr("Access-Control-Allow-Origin")));
}

TEST_F(CorsTest, OtherRoutesAreNobodysElse) {
  EXPECT_THAT(ask("GET", "/private", app), Not(HasSubstr("Access-Control")));
  EXPECT_THAT(ask("OPTIONS", "/private", app + preflight), StartsWith("HTTP/1.1 405 "));
}

TEST_F(CorsTest, AStarIsForEverybody) {
  router.allow_cors("/private", CorsPolicy{.origins = OriginPolicy({"*"})});
  const auto answer = ask("GET", "/private", evil);
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Vary")));
}

}  // namespace
}  // namespace net

#include "net/http_router.h"

#include <gtest/gtest.h>

#include "net/http_server.h"
#include "tests/net/stream_world.h"

namespace net {
namespace {

// Through a server, since only a connection makes an exchange.
struct HttpRouterTest : StreamTest, testing::Test {
  HttpRouterTest() {
    const auto answer = [](std::string text) {
      return [text = std::move(text)](const HttpRequest&, const HttpExchange& exchange) {
        exchange.respond(HttpResponse::text(200, text));
      };
    };
    router.add("GET", "/", answer("root"));
    router.add("GET", "/whip", answer("list"));
    router.add("POST", "/whip", answer("new"));
    router.add_prefix("GET", "/whip/", answer("one"));
    router.add_prefix("DELETE", "/whip/", answer("gone"));
    router.add_prefix("GET", "/whip/special/", answer("special"));
    router.add("GET", "/whip/exact", answer("exact"));
  }

  std::string ask(const std::string& line, const std::string& fields = {}) {
    auto pair = connect_pair();
    HttpServer server(group, router, {});
    Accepted accepted;
    accepted.stream = std::make_unique<Stream>(std::move(pair.server), StreamOptions{});
    server.serve(std::move(accepted));
    std::string answer;
    run_beside(loop, [&] {
      pair.client->send(line + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
      answer = pair.client->read_until_closed();
    });
    return answer;
  }
  std::string body(const std::string& line) {
    const auto answer = ask(line);
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  HttpRouter router;
};

TEST_F(HttpRouterTest, APathInFullGoesBeforeAPrefixAndALongPrefixBeforeAShortOne) {
  EXPECT_EQ(body("GET /"), "root");
  EXPECT_EQ(body("GET /whip"), "list");
  EXPECT_EQ(body("POST /whip"), "new");
  EXPECT_EQ(body("GET /whip/x"), "one");
  EXPECT_EQ(body("DELETE /whip/x"), "gone");
  EXPECT_EQ(body("GET /whip/exact"), "exact");
  EXPECT_EQ(body("GET /whip/special/x"), "special");
}

TEST_F(HttpRouterTest, AnUnknownPathIsNotFound) {
  EXPECT_TRUE(ask("GET /nowhere")
                  .starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n"));
  EXPECT_TRUE(ask("OPTIONS *").starts_with("HTTP/1.1 404 "));
}

TEST_F(HttpRouterTest, AKnownPathWithAnotherMethodNamesWhatIsAllowed) {
  const auto answer = ask("PUT /whip");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_NE(answer.find("\r\nAllow: GET, HEAD, POST\r\n"), std::string::npos) << answer;
}

TEST_F(HttpRouterTest, HeadIsGetWithoutTheBody) {
  const auto answer = ask("HEAD /");
  EXPECT_NE(answer.find("\r\nContent-Length: 4\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpRouterTest, ANewCorsPolicyTakesThePlaceOfThePrefixsOldOne) {
  router.allow_cors("/whip/", {.origins = OriginPolicy({"https://a.example"})});
  EXPECT_NE(ask("GET /whip/1", "Origin: https://a.example\r\n")
                .find("Access-Control-Allow-Origin: https://a.example"),
            std::string::npos);
  router.allow_cors("/whip/", {.origins = OriginPolicy({"https://b.example"})});
  EXPECT_EQ(ask("GET /whip/1", "Origin: https://a.example\r\n").find("Access-Control-Allow-Origin"),
            std::string::npos);
}

}  // namespace
}  // namespace net

#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/request_budget.h"
#include "tests/net/stream_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nX-Content-Type-Options: nosniff\r\n\r\n" + body;
}

struct HttpServerTest : StreamTest, testing::Test {
  HttpServerTest() {
    router.add("GET", "/", [](const HttpRequest&, const HttpExchange& exchange) {
      exchange.respond(HttpResponse::text(200, "root"));
    });
    router.add("POST", "/echo", [](const HttpRequest& request, const HttpExchange& exchange) {
      exchange.respond(HttpResponse::text(200, request.body));
    });
    router.add("GET", "/later",
               [this](const HttpRequest&, HttpExchange exchange) { waiting.push_back(std::move(exchange)); });
    router.add("GET", "/forgotten", [](const HttpRequest&, const HttpExchange&) {});
    router.add_fixed("/large", [](const HttpRequest&, const HttpExchange& exchange) {
      static const std::string kLarge(3'000'000, 'x');
      HttpResponse response;
      response.fixed_body = kLarge;
      exchange.respond(std::move(response));
    });
    router.add("GET", "/made", [](const HttpRequest&, const HttpExchange& exchange) {
      exchange.respond(HttpResponse::text(200, std::string(3'000'000, 'x')));
    });
    router.add("GET", "/socket", [this](const HttpRequest&, const HttpExchange& exchange) {
      taken = exchange.take_over();
      taken->send(base::as_bytes("switched "), Priority::kControl);
      taken->attach(group, other_protocol);
    });
  }

  void serve(const HttpOptions& options = {}, HttpServer::Admit admit = {}) {
    server = std::make_unique<HttpServer>(
        group, router, options, std::move(admit),
        [this](const base::Endpoint& asker, uint16_t status, std::string_view why) {
          refused = asker.ip;
          refusals.push_back(std::to_string(status) + " " + std::string(why));
        });
    connect();
  }
  void connect() {
    auto pair = connect_pair();
    client = std::move(pair.client);
    Accepted accepted;
    accepted.client = client->local();
    accepted.stream = std::make_unique<Stream>(std::move(pair.server), StreamOptions{});
    server->serve(std::move(accepted));
  }
  // What one connection answers to `bytes` until it is closed.
  std::string answer_to(const std::string& bytes) {
    std::string answer;
    run_beside(loop, [&] {
      client->send(bytes);
      answer = client->read_until_closed();
      client->close();
      settle(loop);
    });
    return answer;
  }

  HttpRouter router;
  std::vector<HttpExchange> waiting;
  std::vector<std::string> refusals;
  base::IpAddress refused;  // the last
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<BlockingClient> client;
  std::unique_ptr<Stream> taken;
  RecordingHandler other_protocol;
};

TEST_F(HttpServerTest, AConnectionServesOneRequestAfterAnother) {
  serve();
  run_beside(loop, [&] {
    for (int i = 0; i < 3; ++i) {
      client->send(get("/"));
      EXPECT_EQ(client->read(ok("root").size()), ok("root"));
    }
  });
  EXPECT_EQ(server->counters().requests.value(), 3u);
  EXPECT_EQ(server->counters().answers_2xx.value(), 3u);
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(HttpServerTest, TheGuardSaysWhoAsksBeforeHeCountsAndMayRefuse) {
  router.allow_cors("/", CorsPolicy{.origins = OriginPolicy({"https://app.example.org"})});
  std::vector<std::string> sources;
  serve({}, [&](base::TimePoint, const base::IpAddress& source, bool) {
    sources.push_back(source.to_string());
    return sources.size() < 3;
  });
  server->set_guard([](HttpRequest& request, const HttpExchange& exchange) -> std::optional<HttpResponse> {
    request.client.ip = base::IpAddress::v4(0xcb007109);
    HttpHeaders headers;
    headers.add("X-Guard", "seen");
    exchange.add_headers(headers);
    if (request.path == "/later") return HttpResponse::problem(403, "not here");
    return std::nullopt;
  });
  const std::string page = "Origin: https://app.example.org\r\n";
  const auto answers =
      answer_to(get("/", page) + get("/later", page) + get("/", page + "Connection: close\r\n"));
  EXPECT_EQ(sources, std::vector<std::string>(3, "203.0.113.9"));
  for (const auto* const status : {"200 OK", "403 Forbidden", "429 Too Many Requests"})
    EXPECT_THAT(answers, HasSubstr(std::string("HTTP/1.1 ") + status));
  size_t guarded = 0;
  size_t readable = 0;
  for (size_t at = 0; (at = answers.find("X-Guard: seen", at)) != std::string::npos; ++at) ++guarded;
  for (size_t at = 0;
       (at = answers.find("Access-Control-Allow-Origin: https://app", at)) != std::string::npos; ++at)
    ++readable;
  EXPECT_EQ(guarded, 3u);
  EXPECT_EQ(readable, 3u);
  EXPECT_THAT(refusals, ElementsAre("403 not here", "429 too many requests from this address"));
  EXPECT_EQ(refused, base::IpAddress::v4(0xcb007109));
}

TEST_F(HttpServerTest, WhatARouteRefusesIsToldAndWhatThereIsNotIsNot) {
  router.add("GET", "/locked", [](const HttpRequest&, const HttpExchange& exchange) {
    exchange.respond(HttpResponse::problem(401, "the token is not known"));
  });
  serve();
  answer_to(get("/locked") + get("/nowhere") + "PUT / HTTP/1.1\r\nHost: a\r\n\r\n" +
            get("/", "Connection: close\r\n"));
  EXPECT_THAT(refusals, ElementsAre("401 the token is not known"));
}

TEST_F(HttpServerTest, APageMayReadWhyItsBodyIsRefused) {
  router.allow_cors("/", CorsPolicy{.origins = OriginPolicy({"https://app.example.org"})});
  serve();
  const auto large = [](const std::string& origin) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nOrigin: " + origin + "\r\nContent-Length: 999999999\r\n\r\n";
  };
  const auto answer = answer_to(large("https://app.example.org"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer, HasSubstr("\r\nAccess-Control-Allow-Origin: https://app.example.org\r\n"));
  connect();
  EXPECT_THAT(answer_to(large("https://evil.example")), Not(HasSubstr("Access-Control-Allow-Origin")));
}

TEST_F(HttpServerTest, WhatCountsTheClientGoesWithTheConnectionThatLeavesHttp) {
  const auto lease = std::make_shared<int>(0);
  serve();
  server->set_guard([&](HttpRequest& request, const HttpExchange&) -> std::optional<HttpResponse> {
    request.lease = lease;
    return std::nullopt;
  });
  run_beside(loop, [&] {
    client->send(get("/"));
    client->read(ok("root").size());
    settle(loop);
    EXPECT_EQ(lease.use_count(), 1);
    client->send(get("/socket"));
    client->read(9);
    EXPECT_EQ(lease.use_count(), 2);
  });
  taken.reset();
  EXPECT_EQ(lease.use_count(), 1);
}

TEST_F(HttpServerTest, RequestsSentAheadAreAnsweredInOrder) {
  serve();
  std::string all;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const auto body = std::to_string(i);
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
    expected += ok(body);
  }
  run_beside(loop, [&] {
    client->send(all);
    EXPECT_EQ(client->read(expected.size()), expected);
  });
}

TEST_F(HttpServerTest, AnAnswerMayComeLaterAndHoldsBackTheNext) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/later") + get("/"));
    settle(loop);
    loop.post([&] { waiting.front().respond(HttpResponse::text(200, "late")); });
    const auto expected = ok("late") + ok("root");
    EXPECT_EQ(client->read(expected.size()), expected);
  });
}

TEST_F(HttpServerTest, WhatIsSentAheadDuringALongAnswerStaysBounded) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/later"));
    settle(loop);
    std::string ahead;
    while (ahead.size() < 60'000) ahead += get("/", "X: " + std::string(1000, 'x') + "\r\n");
    client->send(ahead);
    settle(loop);
    loop.post([&] { waiting.front().respond(HttpResponse::text(200, "late")); });
    EXPECT_EQ(client->read(ok("late").size()), ok("late"));
    const size_t requests = ahead.size() / get("/", "X: " + std::string(1000, 'x') + "\r\n").size();
    EXPECT_EQ(client->read(requests * ok("root").size()).size(), requests * ok("root").size());
  });
}

TEST_F(HttpServerTest, AnAnswerToAClientThatHasGoneIsDropped) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/later"));
    settle(loop);
    client->close();
    settle(loop);
  });
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_FALSE(waiting.front().is_open());
  waiting.front().respond(HttpResponse::text(200, "late"));
  EXPECT_EQ(waiting.front().take_over(), nullptr);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(HttpServerTest, AnExchangeOutlivesItsServer) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/later"));
    settle(loop);
  });
  server.reset();
  waiting.front().respond(HttpResponse::text(200, "late"));
  waiting.clear();
  EXPECT_TRUE(client->is_closed_silently());
}

TEST_F(HttpServerTest, ARequestThatItsHandlerForgetsIsAnswered500) {
  serve();
  EXPECT_THAT(answer_to(get("/forgotten", "Connection: close\r\n")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, AnAnswerLargerThanTheQueueArrivesWhole) {
  serve();
  const auto answer = answer_to(get("/large", "Connection: close\r\n"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 3'000'000u);
}

TEST_F(HttpServerTest, TheClientMayWaitForContinue) {
  serve();
  run_beside(loop, [&] {
    client->send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client->read(25), "HTTP/1.1 100 Continue\r\n\r\n");
    client->send("ok");
    EXPECT_EQ(client->read(ok("ok").size()), ok("ok"));
  });
}

TEST_F(HttpServerTest, OldClientsGetWhatTheyAskFor) {
  serve();
  EXPECT_THAT(answer_to("GET / HTTP/1.0\r\n\r\n"), HasSubstr("\r\nConnection: close\r\n"));
  connect();
  run_beside(loop, [&] {
    client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const std::string keep_alive = "\r\nConnection: keep-alive";
    EXPECT_THAT(client->read(ok("root").size() + keep_alive.size()), HasSubstr(keep_alive));
  });
}

TEST_F(HttpServerTest, AMalformedRequestIsAnsweredAndTheConnectionClosed) {
  serve({.limits = {.body_bytes = 10}});
  EXPECT_THAT(answer_to("GET\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  connect();
  const auto too_large = answer_to("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" +
                                   std::string(500'000, 'x'));
  EXPECT_THAT(too_large, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(too_large, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(too_large, HasSubstr("application/problem+json"));
  connect();
  EXPECT_THAT(answer_to("GET /" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 414 "));
  connect();
  EXPECT_THAT(answer_to(get("/", "X: " + std::string(20'000, 'x') + "\r\n")), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(server->counters().malformed.value(), 4u);
}

TEST_F(HttpServerTest, NothingOfARequestIsEchoedInARefusal) {
  serve();
  const auto answer =
      answer_to("GET /<script>alert(1)</script> HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.find("script"), std::string::npos) << answer;
}

TEST_F(HttpServerTest, ARequestThatTakesTooLongToArriveIsAnswered408) {
  serve({.request_timeout = 1ms});
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHo"), StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(server->counters().timed_out.value(), 1u);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedWithoutAWord) {
  serve({.idle_timeout = 1ms});
  EXPECT_EQ(answer_to(""), "");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(HttpServerTest, AClientThatTakesNothingOfItsAnswerIsCutOff) {
  serve({.write_timeout = 1ms});
  client->send(get("/large"));
  EXPECT_TRUE(run_until([&] { return server->connections() == 0; }));
}

TEST_F(HttpServerTest, ASourceOverItsBudgetIsAnswered429) {
  RequestBudget budget({1, 2}, /*requests_per_second=*/1, /*burst_seconds=*/2);
  serve({}, [&](base::TimePoint, const base::IpAddress& source, bool) {
    return budget.take(base::TimePoint{1s}, source);
  });
  const auto answer = answer_to(get("/") + get("/") + get("/") + get("/"));  // and is closed, unasked
  EXPECT_THAT(answer, StartsWith(ok("root") + ok("root") + "HTTP/1.1 429 "));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_EQ(server->counters().over_budget.value(), 1u);
  EXPECT_THAT(refusals, ElementsAre("429 too many requests from this address"));
}

// Eight connections that never stopped asking raised everybody's answers from 0.2 to 800 ms.
TEST_F(HttpServerTest, WhoSendsHundredsAtOnceDoesNotKeepOthersWaiting) {
  std::string order;
  for (const std::string name : {"/a", "/b"}) {
    router.add("GET", name, [&order, name](const HttpRequest&, const HttpExchange& exchange) {
      order += name[1];
      exchange.respond(HttpResponse::text(200, ""));
    });
  }
  serve();
  auto first = std::move(client);
  connect();
  run_beside(loop, [&] {
    std::string many;
    for (int i = 0; i < 100; ++i) many += get("/a");
    loop.post([&] {  // both are there before either is read
      first->send(many);
      client->send(get("/b"));
    });
    EXPECT_EQ(client->read(ok("").size()), ok(""));
    EXPECT_EQ(first->read(100 * ok("").size()).size(), 100 * ok("").size());
  });
  EXPECT_LE(order.find('b'), 8u) << order;
}

TEST_F(HttpServerTest, WhoeverSaysTooManySaysWhenToComeAgain) {
  for (const std::string seconds : {"", "17"}) {
    router.add("GET", "/busy" + seconds, [seconds](const HttpRequest&, const HttpExchange& exchange) {
      auto response = HttpResponse::problem(429);
      if (!seconds.empty()) response.headers.add("Retry-After", seconds);
      exchange.respond(std::move(response));
    });
  }
  serve();
  EXPECT_THAT(answer_to(get("/busy", "Connection: close\r\n")), HasSubstr("\r\nRetry-After: 1\r\n"));
  connect();
  const auto answer = answer_to(get("/busy17", "Connection: close\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 17\r\n"));
  EXPECT_EQ(answer.find("Retry-After: 1\r"), std::string::npos);
}

TEST_F(HttpServerTest, FixedFilesAreToldApart) {
  std::vector<bool> asked;
  router.add_fixed("/page", [](const HttpRequest&, const HttpExchange& exchange) {
    HttpResponse response;
    response.fixed_body = "fixed";
    exchange.respond(std::move(response));
  });
  serve({}, [&](base::TimePoint, const base::IpAddress&, bool is_fixed) {
    asked.push_back(is_fixed);
    return true;
  });
  const auto answer =
      answer_to(get("/page") + "HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n" + get("/", "Connection: close\r\n"));
  EXPECT_THAT(
      answer,
      StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Content-Type-Options: nosniff\r\n\r\nfixed"
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(asked, ElementsAre(true, true, false));
}

// A header section came to 16 MB and more before it ended.
TEST_F(HttpServerTest, WhatOneHoldsBeyondItsOwnComesFromAPoolThatEnds) {
  serve({.large = {.per_source = 10'000, .in_all = 20'000}});
  auto small = std::move(client);
  connect();
  auto large = std::move(client);
  connect();
  run_beside(loop, [&] {
    small->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(3'000, 'x'));
    large->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(13'000, 'x'));
    settle(loop);
    client->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(13'000, 'x'));
    EXPECT_THAT(client->read_until_closed(), StartsWith("HTTP/1.1 503 "));
    for (auto* const held : {small.get(), large.get()}) {
      held->send("\r\n\r\n");
      EXPECT_EQ(held->read(ok("root").size()), ok("root"));
    }
    settle(loop);
  });
  EXPECT_EQ(server->counters().no_room.value(), 1u);
  EXPECT_THAT(refusals, ElementsAre("503 too many large requests at once"));
  EXPECT_EQ(server->large_bytes(), 0u);
}

TEST_F(HttpServerTest, ALargeAnswerThatNobodyReadsComesFromThePoolToo) {
  serve({.large = {.per_source = 100'000, .in_all = 100'000}});
  run_beside(loop, [&] {
    client->send(get("/made"));
    settle(loop);
    EXPECT_LT(client->read_until_closed().size(), 3'000'000u);
    settle(loop);
  });
  EXPECT_EQ(server->counters().no_room.value(), 1u);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(HttpServerTest, AHandlerMayTakeTheConnectionOverWithWhatFollows) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/socket") + "first frame");
    EXPECT_EQ(client->read(9), "switched ");
    client->send(" second");
    settle(loop);
  });
  EXPECT_EQ(other_protocol.received, "first frame second");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(HttpServerTest, ALaterTakeOverWorksToo) {
  serve();
  run_beside(loop, [&] {
    client->send(get("/later") + "first frame");
    settle(loop);
    loop.post([&] {
      taken = waiting.front().take_over();
      taken->attach(group, other_protocol);
    });
    settle(loop);
    client->send(" second");
    settle(loop);
  });
  EXPECT_EQ(other_protocol.received, "first frame second");
}

TEST_F(HttpServerTest, DrainingClosesIdleConnectionsAndOthersAfterTheirAnswer) {
  serve();
  auto idle = std::move(client);
  connect();
  run_beside(loop, [&] {
    client->send(get("/later"));
    settle(loop);
    loop.post([&] { server->close_idle(); });
    EXPECT_EQ(idle->read_until_closed(), "");
    loop.post([&] { waiting.front().respond(HttpResponse::text(200, "late")); });
    EXPECT_THAT(client->read_until_closed(), HasSubstr("\r\nConnection: close\r\n"));
  });
}

TEST_F(HttpServerTest, AHandlersFieldsCannotBeginOthers) {
  router.add("GET", "/split", [](const HttpRequest&, const HttpExchange& exchange) {
    auto response = HttpResponse::text(200, "x");
    response.headers.add("X-Bad", "a\r\nSet-Cookie: b");
    response.headers.add("Content-Length", "100");
    exchange.respond(std::move(response));
  });
  serve();
  const auto answer = answer_to(get("/split", "Connection: close\r\n"));
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(answer.find("100"), std::string::npos);
}

}  // namespace
}  // namespace net

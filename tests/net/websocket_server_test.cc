#include "net/websocket_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/net/websocket_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr WebSocketCode kReplaced{4001};

struct WebSocketServerTest : WebSocketTest, testing::Test {
  // Runs `play` with a client whose handshake is done.
  void with_client(const std::function<void(WebSocketClient&)>& play) {
    auto client = connect();
    run_beside(loop, [&] {
      ASSERT_THAT(client.shake_hands(), StartsWith("HTTP/1.1 101 "));
      play(client);
    });
  }
  // On the loop's thread, and done when this returns.
  void on_loop(const std::function<void()>& call) {
    loop.post(call);
    settle(loop);
  }
};

TEST_F(WebSocketServerTest, AnUpgradeTakesWhatTheClientSentAhead) {
  serve();
  auto client = connect();
  run_beside(loop, [&] {
    client.send_octets(
        "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
        to_octets({kText, "ahead"}));
    const auto head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    EXPECT_EQ(client.connection().read(std::string_view(head).size()), head);
    EXPECT_EQ(client.next_event(), "text ahead");
  });
  EXPECT_EQ(server->counters().opened.value(), 1u);
  EXPECT_EQ(http.counters().taken_over.value(), 1u);
}

TEST_F(WebSocketServerTest, ARefusalLeavesTheConnectionToHttp) {
  serve();
  auto client = connect();
  run_beside(loop, [&] {
    client.send_octets("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += client.connection().read(1);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(head, HasSubstr("\r\nConnection: upgrade\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
    const auto length = std::stoul(head.substr(head.find("Content-Length: ") + 16));
    EXPECT_THAT(client.connection().read(length), HasSubstr("WebSocket"));
    EXPECT_THAT(client.shake_hands(), StartsWith("HTTP/1.1 101 "));
  });
  EXPECT_EQ(server->counters().refused_handshake.value(), 1u);
}

TEST_F(WebSocketServerTest, AForeignPageIsRefused) {
  serve();
  auto client = connect();
  run_beside(loop, [&] {
    EXPECT_THAT(client.shake_hands("/echo", "Origin: https://evil.example\r\n"), StartsWith("HTTP/1.1 403 "));
  });
  EXPECT_EQ(server->counters().refused_origin.value(), 1u);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WebSocketServerTest, TheChosenSubprotocolIsNamed) {
  serve();
  auto client = connect();
  run_beside(loop, [&] {
    EXPECT_THAT(client.shake_hands("/echo", "Sec-WebSocket-Protocol: icebox.v1, other\r\n"),
                HasSubstr("\r\nSec-WebSocket-Protocol: icebox.v1\r\n"));
  });
}

TEST_F(WebSocketServerTest, ItIsReachedThroughOnePortWithAndWithoutTls) {
  struct Sink final : ConnectionSink {
    explicit Sink(HttpServer& to) : http(to) {}
    void on_turn(Accepted) override {}
    void on_ice_tcp(Accepted) override {}
    void on_http(Accepted connection) override { http.serve(std::move(connection)); }
    HttpServer& http;
  } sink(http);
  serve();
  ConnectionLimiter limiter({}, base::SipHashKey{1, 2});
  OnePortOptions options;
  options.endpoint = {base::IpAddress::v4(0x7f000001), 0};
  const auto listener = *OnePortListener::open(group, options, test_tls_context(), limiter, sink);
  for (const std::string_view alpn : {"plain", "", "\x08http/1.1", "\x02h2\x08http/1.1"}) {
    WebSocketClient client(std::make_unique<BlockingClient>(listener->local()));
    run_beside(loop, [&] {
      if (alpn != "plain") {
        ASSERT_TRUE(client.connection().start_tls({.alpn = alpn}));
      }
      ASSERT_THAT(client.shake_hands(), StartsWith("HTTP/1.1 101 ")) << alpn;
      const std::string text(60'000, 'x');
      client.send({kText, text});
      EXPECT_EQ(client.next_event(), "text " + text);
      client.send({kClose, close_payload(1000)});
      EXPECT_EQ(client.next_event(), "close 1000");
      EXPECT_EQ(client.next_event(), "end");
    });
  }
  EXPECT_THAT(log.ends, ElementsAre("1000 clean", "1000 clean", "1000 clean", "1000 clean"));
}

TEST_F(WebSocketServerTest, OurCloseWaitsForTheClients) {
  serve();
  with_client([&](WebSocketClient& client) {
    on_loop([&] {
      socket->close(kReplaced, "replaced by a newer connection");
      EXPECT_FALSE(socket->send("too late"));
    });
    EXPECT_EQ(client.next_event(), "close 4001 replaced by a newer connection");
    client.send({kText, "crossed it on the way"});
    client.send({kPing, "so did this"});
    settle(loop);
    EXPECT_THAT(log.ends, IsEmpty());
    client.send({kClose, close_payload(4001)});
    EXPECT_EQ(client.next_event(), "end");
  });
  EXPECT_THAT(log.ends, ElementsAre("4001 clean"));
  EXPECT_EQ(server->counters().messages_received.value(), 0u);
  EXPECT_EQ(server->counters().closed_clean.value(), 1u);
}

TEST_F(WebSocketServerTest, AClientThatDoesNotAnswerOurCloseIsCutOff) {
  serve({.close_timeout = 1ms});
  with_client([&](WebSocketClient& client) {
    on_loop([&] { socket->close(kReplaced); });
    EXPECT_EQ(client.next_event(), "close 4001");
    EXPECT_EQ(client.next_event(), "end");
  });
  EXPECT_THAT(log.ends, ElementsAre("4001"));
  EXPECT_EQ(server->counters().closed_abnormal.value(), 1u);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WebSocketServerTest, TheClientsCodeAndReasonReachTheHandler) {
  serve();
  with_client([&](WebSocketClient& client) {
    client.send({kClose, close_payload(4321, "see you")});
    EXPECT_EQ(client.next_event(), "close 4321");
    EXPECT_EQ(client.next_event(), "end");
  });
  EXPECT_THAT(log.ends, ElementsAre("4321 see you clean"));
}

TEST_F(WebSocketServerTest, AConnectionThatJustEndsIsAbnormal) {
  serve();
  with_client([&](WebSocketClient& client) {
    client.connection().reset();
    settle(loop);
  });
  EXPECT_THAT(log.ends, ElementsAre("1006"));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(WebSocketServerTest, AReasonIsCutBetweenCharacters) {
  serve();
  with_client([&](WebSocketClient& client) {
    std::string reason = "x";
    while (reason.size() < 200) reason += "\xe2\x82\xac";
    on_loop([&] { socket->close(kReplaced, reason); });
    EXPECT_EQ(client.next_event(), "close 4001 " + reason.substr(0, 121));
  });
}

TEST_F(WebSocketServerTest, SilenceIsBrokenByAPingAndEndsWithoutAPong) {
  serve({.ping_after = 1ms, .dead_after = 700ms});
  with_client([&](WebSocketClient& client) {
    for (int round = 0; round < 4; ++round) {  // longer in all than dead_after
      EXPECT_EQ(client.next_event(), "ping ");
      client.send({kPong});
    }
    std::string event;
    while ((event = client.next_event()) == "ping ") {
    }
    EXPECT_EQ(event, "end");
  });
  EXPECT_THAT(log.ends, ElementsAre("1006"));
  EXPECT_EQ(server->counters().closed_silent.value(), 1u);
  EXPECT_GE(server->counters().pings_sent.value(), 4u);
}

TEST_F(WebSocketServerTest, PingsKeepTheirPaceWhileTheyAreAnswered) {
  serve({.ping_after = 1ms, .dead_after = 1h});
  with_client([&](WebSocketClient& client) {
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(client.next_event(), "ping ");
      client.send({kPong});
    }
  });
}

TEST_F(WebSocketServerTest, AFloodOfControlFramesEndsTheConnection) {
  serve({.control_frames = 10});
  with_client([&](WebSocketClient& client) {
    for (int i = 0; i < 11; ++i) client.send({i % 2 == 0 ? kPing : kPong});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(client.next_event(), "pong ");
    EXPECT_EQ(client.next_event(), "close 1008 too many control frames");
  });
  EXPECT_EQ(server->counters().closed_fault.value(), 1u);
}

TEST_F(WebSocketServerTest, AMessageAboveTheLimitClosesUnlessTheHandlerAnswersIt) {
  serve({.limits = {.message_bytes = 100}});
  with_client([&](WebSocketClient& client) {
    client.send({kText, std::string(101, 'x')});
    EXPECT_THAT(client.next_event(), StartsWith("close 1009"));
  });
  log.keeps_after_too_large = true;
  with_client([&](WebSocketClient& client) {
    client.send({kText, std::string(50'000, 'x')});
    client.send({kText, "small"});
    EXPECT_EQ(client.next_event(), "text too large");
    EXPECT_EQ(client.next_event(), "text small");
  });
  EXPECT_THAT(log.too_large, ElementsAre(101u, 50'000u));
  EXPECT_EQ(server->counters().messages_too_large.value(), 2u);
}

TEST_F(WebSocketServerTest, AHandlerWithoutUseForBinaryRefusesIt) {
  struct TextOnly final : WebSocketHandler {
    void on_message(WebSocket&, std::string_view) override {}
    void on_closed(WebSocket&, const WebSocketEnd&) override {}
  };
  serve();
  router.add("GET", "/text", [this](const HttpRequest& request, const HttpExchange& exchange) {
    server->upgrade(request, exchange, origins, "", std::make_unique<TextOnly>());
  });
  auto client = connect();
  run_beside(loop, [&] {
    client.shake_hands("/text");
    client.send({kBinary, "x"});
    EXPECT_EQ(client.next_event(), "close 1003 text messages only");
  });
}

TEST_F(WebSocketServerTest, AClientThatLeavesTooMuchUnreadIsClosed) {
  serve({.close_timeout = 1ms});
  auto client = connect({}, /*client_receive_buffer_bytes=*/4096);
  size_t most_queued = 0;
  run_beside(loop, [&] {
    client.shake_hands();
    on_loop([&] {
      const std::string text(10'000, 'x');
      while (socket->send(text)) most_queued = std::max(most_queued, socket->queued_bytes());
      EXPECT_FALSE(socket->is_open());
    });
  });
  EXPECT_LE(most_queued, WebSocketOptions().send_queue_bytes);
  EXPECT_TRUE(run_until([&] { return server->connections() == 0; }));
  EXPECT_THAT(log.ends, ElementsAre("1013"));
  EXPECT_EQ(server->counters().closed_slow.value(), 1u);
}

TEST_F(WebSocketServerTest, MuchAtOnceIsNotTheClientsFault) {
  serve();
  with_client([&](WebSocketClient& client) {
    const std::string text(1000, 'x');
    on_loop([&] {
      for (int i = 0; i < 210; ++i) ASSERT_TRUE(socket->send(text)) << i;
    });
    for (int i = 0; i < 210; ++i) ASSERT_EQ(client.next_event(), "text " + text);
  });
}

TEST_F(WebSocketServerTest, AClientThatDoesNotReadIsNotReadEither) {
  constexpr int kMessages = 300;
  serve({.limits = {.message_bytes = 64 * 1024}});
  auto client = connect({}, /*client_receive_buffer_bytes=*/4096);
  const auto message = [](int i) { return std::to_string(i) + std::string(50'000, 'x'); };
  run_beside(loop, [&] {
    client.shake_hands();
    std::jthread writer([&] {
      for (int i = 0; i < kMessages; ++i) client.connection().send(to_octets({kText, message(i)}));
    });
    bool held_back = false;
    while (!held_back) on_loop([&] { held_back = server->counters().held_back.value() > 0; });
    for (int i = 0; i < kMessages; ++i) ASSERT_EQ(client.next_event(), "text " + message(i));
  });
  EXPECT_EQ(server->counters().messages_sent.value(), uint64_t{kMessages});
  EXPECT_EQ(server->counters().closed_slow.value(), 0u);
}

TEST_F(WebSocketServerTest, AHandlerMayCloseFromItsMessage) {
  serve();
  log.on_message = [](WebSocket& from, std::string_view) { from.close(kReplaced); };
  with_client([&](WebSocketClient& client) {
    client.send_octets(to_octets({kText, "a"}) + to_octets({kText, "b"}) +
                       to_octets({kClose, close_payload(1000)}));
    EXPECT_EQ(client.next_event(), "close 4001");
    EXPECT_EQ(client.next_event(), "end");
  });
  EXPECT_EQ(server->counters().messages_received.value(), 1u);
  EXPECT_THAT(log.ends, ElementsAre("4001 clean"));
}

TEST_F(WebSocketServerTest, ThousandsOfMessagesAtOnceDoNotKeepOthersWaiting) {
  serve();
  std::string order;
  log.on_message = [&](WebSocket& from, std::string_view text) {
    order += text;
    from.send(text);
  };
  auto first = connect();
  auto other = connect();
  run_beside(loop, [&] {
    first.shake_hands();
    other.shake_hands();
    std::string many;
    for (int i = 0; i < 3000; ++i) many += to_octets({kText, "a"});
    loop.post([&] {  // both are there before either is read
      first.send_octets(many);
      other.send_octets(to_octets({kText, "b"}));
    });
    EXPECT_EQ(other.next_event(), "text b");
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(first.next_event(), "text a");
  });
  EXPECT_LE(order.find('b'), 2u * 64) << "two turns";
}

TEST_F(WebSocketServerTest, WhatStrangersHoldComesFromAPoolThatEnds) {
  serve({.strangers = OctetPool::Limits{.per_source = 50'000, .in_all = 50'000}});
  auto first = connect();
  auto second = connect();
  run_beside(loop, [&] {
    first.shake_hands();
    second.shake_hands();
    const std::string text(30'000, 'x');
    const auto whole = to_octets({kText, text});
    first.send_octets(std::string_view(whole).substr(0, whole.size() - 1));
    settle(loop);
    second.send_octets(std::string_view(whole).substr(0, whole.size() - 1));
    EXPECT_EQ(second.next_event(), "close 1013 too much at once; try again");
    first.send_octets(std::string_view(whole).substr(whole.size() - 1));
    EXPECT_EQ(first.next_event(), "text " + text);
  });
  EXPECT_EQ(server->counters().closed_no_room.value(), 1u);
}

TEST_F(WebSocketServerTest, DrainingClosesAllAndTakesNoMore) {
  serve();
  auto late = connect();
  with_client([&](WebSocketClient& client) {
    on_loop([&] { server->close_all(WebSocketCode::kServiceRestart, "restarting"); });
    EXPECT_EQ(client.next_event(), "close 1012 restarting");
    EXPECT_THAT(late.shake_hands(), StartsWith("HTTP/1.1 503 "));
  });
}

TEST_F(WebSocketServerTest, ADyingServerClosesItsConnections) {
  serve();
  auto client = connect();
  run_beside(loop, [&] { client.shake_hands(); });
  server.reset();
  EXPECT_EQ(client.next_event(), "end");
  EXPECT_THAT(log.ends, IsEmpty());
}

}  // namespace
}  // namespace net

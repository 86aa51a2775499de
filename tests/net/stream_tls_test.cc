// Streams under TLS.
#include <openssl/ssl.h>

#include <array>
#include <future>

#include "net/stream.h"
#include "tests/net/stream_fixture.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct StreamTlsTest : StreamPlainTest {
  // Runs `beside` with a client that has finished the handshake.
  void run_tls(const std::function<void()>& beside) {
    stream->start_tls(test_tls_context());
    run_beside(loop, [&] {
      ASSERT_TRUE(client.start_tls());
      beside();
    });
  }
};

TEST_F(StreamTlsTest, BytesGoBothWays) {
  handler.take = [](Stream& echo, base::MutableBytes bytes) {
    echo.send(bytes, Priority::kControl);
    return bytes.size();
  };
  run_tls([&] {
    const std::string text(50'000, 'x');
    client.send(text);
    EXPECT_EQ(client.read(text.size()), text);
  });
  EXPECT_EQ(handler.handshakes, 1);
  EXPECT_EQ(stream->counters().received_bytes, 50'000u);
}

TEST_F(StreamTlsTest, WhatIsSentDuringTheHandshakeWaitsForIt) {
  stream->start_tls(test_tls_context());
  EXPECT_TRUE(send("early"));
  stream->flush();
  run_beside(loop, [&] {
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.read(5), "early");
  });
}

TEST_F(StreamTlsTest, BothVersionsWorkAndNoOlderOne) {
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION, TLS1_1_VERSION}) {
    auto pair = connect_pair();
    RecordingHandler other;
    Stream versioned(std::move(pair.server), {});
    versioned.attach(group, other);
    versioned.start_tls(test_tls_context());
    bool connected = false;
    run_beside(loop, [&] { connected = pair.client->start_tls({.highest_version = version}); });
    EXPECT_EQ(connected, version != TLS1_1_VERSION) << version;
    if (connected) continue;
    EXPECT_THAT(other.closed, ElementsAre(CloseReason::kTlsFailed));
  }
}

TEST_F(StreamTlsTest, AlpnNeverFailsAHandshake) {
  const std::pair<std::string_view, std::string> cases[] = {
      {"", ""},
      {"\x02h2\x08http/1.1", "http/1.1"},
      {"\x09stun.turn", "stun.turn"},
      {"\x12stun.nat-discovery", "stun.nat-discovery"},
      {"\x02h2\x04smtp", ""},
  };
  for (const auto& [offered, agreed] : cases) {
    auto pair = connect_pair();
    RecordingHandler other;
    Stream named(std::move(pair.server), {});
    named.attach(group, other);
    named.start_tls(test_tls_context());
    run_beside(loop, [&, wish = offered] { ASSERT_TRUE(pair.client->start_tls({.alpn = wish})); });
    EXPECT_EQ(named.alpn(), agreed);
    EXPECT_EQ(pair.client->alpn(), agreed);
  }
}

TEST_F(StreamTlsTest, GarbageInPlaceOfAHandshakeIsRefused) {
  stream->start_tls(test_tls_context());
  run_beside(loop, [&] {
    client.send(std::string_view("\x16\x03\x01\x00\x04zzzz and no more", 21));
    client.read_until_closed();
  });
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kTlsFailed));
}

TEST_F(StreamTlsTest, ASlowReaderGetsWholeMessagesOnly) {
  size_t accepted = 0;
  run_tls([&] {
    settle(loop);
    std::promise<void> queued;
    loop.post([&] {
      for (int i = 0; i < 20'000; ++i) {
        accepted += send(frame(1200, 'm'), Priority::kDroppable);
        if (i % 16 == 0) stream->flush();
      }
      send(frame(100, 'c'));
      stream->flush();
      queued.set_value();
    });
    queued.get_future().wait();
    EXPECT_EQ(fills_of(client.read(accepted * 1200 + 100)), std::string(accepted, 'm') + "c");
  });
  EXPECT_LT(accepted, 20'000u);
}

// More than one read takes, and no event tells of what OpenSSL has read ahead.
TEST_F(StreamTlsTest, ThousandsOfShortRecordsAllArrive) {
  run_tls([&] {
    for (int i = 0; i < 3000; ++i) client.send("x");
    client.say_goodbye();
    client.read_until_closed();
  });
  EXPECT_EQ(handler.received, std::string(3000, 'x'));
}

TEST_F(StreamTlsTest, KeysMayChangeNowAndThen) {
  run_tls([&] {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.update_keys() && client.send("x"));
    client.say_goodbye();
    client.read_until_closed();
  });
  EXPECT_EQ(handler.received, std::string(20, 'x'));
}

TEST_F(StreamTlsTest, WhoOnlyChangesKeysIsDisconnected) {
  run_tls([&] {
    for (int i = 0; i < 5000 && client.update_keys(); ++i) {
    }
    client.read_until_closed();
  });
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kTlsFailed));
}

TEST_F(StreamTlsTest, OnlyForwardSecretAuthenticatedEncryptionIsAgreedOn) {
  for (const char* const cipher :
       {"ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ECDSA-AES128-CCM", "AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    auto pair = connect_pair();
    RecordingHandler other;
    Stream one(std::move(pair.server), {});
    one.attach(group, other);
    one.start_tls(test_tls_context());
    bool connected = false;
    run_beside(loop, [&] {
      connected = pair.client->start_tls({.highest_version = TLS1_2_VERSION, .ciphers = cipher});
    });
    const std::string_view name(cipher);
    EXPECT_EQ(connected,
              name.starts_with("ECDHE") && (name.ends_with("GCM-SHA256") || name.ends_with("POLY1305")))
        << name;
  }
}

TEST_F(StreamTlsTest, FinishSaysGoodbye) {
  handler.take = [&](Stream& finishing, base::MutableBytes bytes) {
    send("answer");
    finishing.finish(loop.now().steady + 10s);
    return bytes.size();
  };
  run_tls([&] {
    client.send("question");
    EXPECT_EQ(client.read_until_closed(), "answer");
    client.close();
    settle(loop);
  });
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
}

}  // namespace
}  // namespace net

#include "net/one_port_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "net/event_loop.h"
#include "net/proxy_protocol.h"
#include "tests/net/stream_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string kAllocate =
    "\x00\x03\x00\x08\x21\x12\xa4\x42"s + "transaction!" + "\x00\x19\x00\x04\x11\x00\x00\x00"s;
const std::string kIceCheck = "\x00\x14\x00\x01\x00\x00\x21\x12\xa4\x42"s + "transaction!";
const std::string kGet = "GET / HTTP/1.1\r\n\r\n";
const std::string kProxyHeader =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\xd4\x31\x01\xbb"s;

// Takes every connection, notes how it came, and echoes behind one letter for the protocol.
class EchoSink final : public ConnectionSink, private StreamHandler {
 public:
  struct Seen {
    char protocol;
    base::Endpoint client;
    base::Endpoint server;
    StreamTransport transport;
  };

  explicit EchoSink(StreamGroup& group) : group_(group) {}
  void on_turn(Accepted connection) override { take('T', std::move(connection)); }
  void on_ice_tcp(Accepted connection) override { take('I', std::move(connection)); }
  void on_http(Accepted connection) override { take('H', std::move(connection)); }

  std::vector<Seen> seen;
  std::vector<std::unique_ptr<Stream>> streams;

 private:
  void take(char protocol, Accepted connection) {
    seen.push_back({protocol, connection.client, connection.server, connection.transport});
    streams.push_back(std::move(connection.stream));
    streams.back()->send({reinterpret_cast<const uint8_t*>(&protocol), 1}, Priority::kControl);
    streams.back()->attach(group_, *this);
  }
  size_t on_bytes(Stream& stream, base::MutableBytes received) override {
    stream.send(received, Priority::kControl);
    return received.size();
  }
  void on_closed(Stream& closed, CloseReason) override {
    std::erase_if(streams, [&](const auto& stream) { return stream.get() == &closed; });
  }

  StreamGroup& group_;
};

struct OnePortListenerTest : StreamTest, testing::Test {
  OnePortListener& open(OnePortOptions options = {}, ConnectionLimits limits = {}, bool with_tls = true) {
    limiter = std::make_unique<ConnectionLimiter>(limits, base::SipHashKey{1, 2});
    if (options.endpoint.port == 0 && options.endpoint.ip.is_unspecified()) options.endpoint = kLoopback;
    auto opened = OnePortListener::open(
        group, options, with_tls ? std::optional(test_tls_context()) : std::nullopt, *limiter, sink);
    EXPECT_TRUE(opened) << opened.error().text;
    listener = std::move(*opened);
    return *listener;
  }
  BlockingClient connect() { return BlockingClient(listener->local()); }
  const OnePortCounters& counters() const { return listener->counters(); }

  static constexpr base::Endpoint kLoopback{base::IpAddress::v4(0x7f000001), 0};
  static OnePortOptions behind_proxy() {
    OnePortOptions options;
    options.proxies = {*base::IpPrefix::parse("127.0.0.0/8")};
    return options;
  }

  EchoSink sink{group};
  std::unique_ptr<ConnectionLimiter> limiter;
  std::unique_ptr<OnePortListener> listener;
};

TEST_F(OnePortListenerTest, EachProtocolGoesToItsOwnerWithEveryOctet) {
  open();
  run_beside(loop, [&] {
    for (const auto& [first_bytes, letter] : {std::pair(kAllocate, "T"s), {kIceCheck, "I"s}, {kGet, "H"s}}) {
      auto client = connect();
      client.send(first_bytes);
      EXPECT_EQ(client.read(1 + first_bytes.size()), letter + first_bytes);
      auto tls_client = connect();
      ASSERT_TRUE(tls_client.start_tls());
      tls_client.send(first_bytes);
      EXPECT_EQ(tls_client.read(1 + first_bytes.size()), letter + first_bytes);
      settle(loop);
      EXPECT_EQ(sink.seen.back().client, tls_client.local());
      EXPECT_EQ(sink.seen.back().server, listener->local());
    }
  });
  EXPECT_EQ(counters().turn.value(), 2u);
  EXPECT_EQ(counters().ice_tcp.value(), 2u);
  EXPECT_EQ(counters().http.value(), 2u);
  EXPECT_EQ(counters().tls_established.value(), 3u);
  EXPECT_EQ(counters().accepted.value(), 6u);
  EXPECT_EQ(sink.seen[0].transport, StreamTransport::kTcp);
  EXPECT_EQ(sink.seen[1].transport, StreamTransport::kTls);
}

TEST_F(OnePortListenerTest, FirstBytesMayComeInAnyTwoParts) {
  open();
  run_beside(loop, [&] {
    for (const auto& [first_bytes, letter] : {std::pair(kAllocate, "T"s), {kIceCheck, "I"s}, {kGet, "H"s}}) {
      for (size_t split = 1; split < 14; ++split) {
        for (const bool tls : {false, true}) {
          auto client = connect();
          ASSERT_TRUE(!tls || client.start_tls());
          client.send(first_bytes.substr(0, split));
          settle(loop);
          client.send(first_bytes.substr(split));
          EXPECT_EQ(client.read(1 + first_bytes.size()), letter + first_bytes) << "split at " << split;
        }
      }
    }
  });
}

TEST_F(OnePortListenerTest, AClientHelloMayComeInAnyTwoParts) {
  open();
  run_beside(loop, [&] {
    size_t hello_bytes = 2;
    for (size_t split = 1; split < hello_bytes; split += split < 16 ? 1 : 13) {
      auto client = connect();
      ASSERT_TRUE(client.start_tls({.split_hello_at = split, .between = [&] { settle(loop); }})) << split;
      client.send(kAllocate);
      EXPECT_EQ(client.read(1 + kAllocate.size()), "T" + kAllocate);
      hello_bytes = client.hello_bytes();
    }
  });
}

TEST_F(OnePortListenerTest, ATurnConnectionMayComeOctetByOctet) {
  open();
  run_beside(loop, [&] {
    auto client = connect();
    for (const char octet : kAllocate) {
      client.send({&octet, 1});
      settle(loop);
    }
    EXPECT_EQ(client.read(1 + kAllocate.size()), "T" + kAllocate);
  });
}

TEST_F(OnePortListenerTest, WhatIsNotSpokenHereIsClosedWithoutAWord) {
  open();
  run_beside(loop, [&] {
    for (const auto first_bytes :
         {"SSH-2.0-OpenSSH_9.2\r\n"sv, "\x40\x00\x00\x04zzzz"sv, "PRI * HTTP/2.0\r\n"sv, "\x80\x00\x00\x00"sv,
          "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\r\n"sv, std::string_view(kProxyHeader),
          "\x00\x01\x00\x00\x00\x00\x00\x00"sv}) {
      auto client = connect();
      client.send(first_bytes);
      EXPECT_TRUE(client.is_closed_silently()) << first_bytes;
    }
  });
  EXPECT_EQ(counters().rejected_unknown.value(), 3u);
  EXPECT_EQ(counters().rejected_channel_data.value(), 1u);
  EXPECT_EQ(counters().rejected_http2.value(), 1u);
  EXPECT_EQ(counters().rejected_proxy_untrusted.value(), 2u);
  EXPECT_TRUE(sink.seen.empty());
  EXPECT_EQ(limiter->open_connections(), 0u);
}

TEST_F(OnePortListenerTest, InsideTlsNeitherTlsNorAProxyHeaderIsTaken) {
  open();
  run_beside(loop, [&] {
    for (const auto first_bytes : {"\x16\x03\x01\x00\x20"sv, std::string_view(kProxyHeader)}) {
      auto client = connect();
      ASSERT_TRUE(client.start_tls());
      client.send(first_bytes);
      EXPECT_TRUE(client.is_closed_silently());
    }
  });
  EXPECT_EQ(counters().rejected_tls_in_tls.value(), 1u);
  EXPECT_EQ(counters().rejected_unknown.value(), 1u);
}

TEST_F(OnePortListenerTest, WhereTlsIsRequiredPlainConnectionsAreClosed) {
  open({.tls_required = true});
  run_beside(loop, [&] {
    auto plain = connect();
    plain.send(kAllocate);
    EXPECT_TRUE(plain.is_closed_silently());
    auto tls = connect();
    ASSERT_TRUE(tls.start_tls());
    tls.send(kAllocate);
    EXPECT_EQ(tls.read(1), "T");
  });
  EXPECT_EQ(counters().rejected_plain.value(), 1u);
}

TEST_F(OnePortListenerTest, WithoutACertificateTlsIsClosed) {
  open({}, {}, /*with_tls=*/false);
  run_beside(loop, [&] { EXPECT_FALSE(connect().start_tls()); });
  EXPECT_EQ(counters().rejected_tls_unavailable.value(), 1u);
}

TEST_F(OnePortListenerTest, ANewCertificateServesNewConnections) {
  open({}, {}, /*with_tls=*/false);
  listener->set_tls_context(test_tls_context());
  run_beside(loop, [&] { EXPECT_TRUE(connect().start_tls()); });
}

TEST_F(OnePortListenerTest, AProxysHeaderNamesClientAndServer) {
  open(behind_proxy());
  run_beside(loop, [&] {
    auto client = connect();
    client.send(kProxyHeader + kAllocate);
    EXPECT_EQ(client.read(1 + kAllocate.size()), "T" + kAllocate);
  });
  ASSERT_EQ(sink.seen.size(), 1u);
  EXPECT_EQ(sink.seen[0].client.to_string(), "192.0.2.1:54321");
  EXPECT_EQ(sink.seen[0].server.to_string(), "198.51.100.2:443");
}

TEST_F(OnePortListenerTest, AProxysHeaderAndTlsMayComeInAnyTwoParts) {
  open(behind_proxy());
  run_beside(loop, [&] {
    for (size_t split = 1; split <= kProxyHeader.size(); ++split) {
      auto client = connect();
      client.send(kProxyHeader.substr(0, split));
      settle(loop);
      client.send(kProxyHeader.substr(split));
      ASSERT_TRUE(client.start_tls());
      client.send(kGet);
      EXPECT_EQ(client.read(1 + kGet.size()), "H" + kGet);
      settle(loop);
      EXPECT_EQ(sink.seen.back().client.to_string(), "192.0.2.1:54321");
    }
  });
}

TEST_F(OnePortListenerTest, AHealthCheckOfTheProxyKeepsItsOwnAddress) {
  open(behind_proxy());
  run_beside(loop, [&] {
    auto client = connect();
    client.send("\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"s + kGet);
    EXPECT_EQ(client.read(1), "H");
    settle(loop);
    EXPECT_EQ(sink.seen.back().client, client.local());
  });
}

TEST_F(OnePortListenerTest, AProxyThatSendsNoHeaderIsClosed) {
  open(behind_proxy());
  run_beside(loop, [&] {
    for (const auto& first_bytes : {kAllocate, kGet, "\x16\x03\x01\x00\x20"s, "PROXY TCP4 1 2 3 4\r\n"s}) {
      auto client = connect();
      client.send(first_bytes);
      EXPECT_TRUE(client.is_closed_silently());
    }
  });
  EXPECT_EQ(counters().rejected_proxy_missing.value(), 3u);
  EXPECT_EQ(counters().rejected_proxy_malformed.value(), 1u);
  ASSERT_TRUE(listener->last_proxy_fault());
  EXPECT_EQ(listener->last_proxy_fault()->source.to_string(), "127.0.0.1");
  EXPECT_EQ(listener->last_proxy_fault()->reason, describe(ProxyError::kText));
  EXPECT_EQ(listener->last_proxy_fault()->times, 4u);
}

TEST_F(OnePortListenerTest, WhoeverStallsAtAnyStageIsClosedAtTheDeadline) {
  auto options = behind_proxy();
  options.handshake_timeout = 1ms;
  open(options);
  OnePortOptions direct;
  direct.handshake_timeout = 1ms;
  direct.endpoint = kLoopback;
  auto second = OnePortListener::open(group, direct, test_tls_context(), *limiter, sink);
  ASSERT_TRUE(second);
  run_beside(loop, [&] {
    BlockingClient silent(listener->local());
    BlockingClient in_header(listener->local());
    in_header.send(kProxyHeader.substr(0, 20));
    BlockingClient says_nothing((*second)->local());
    BlockingClient in_handshake((*second)->local());
    in_handshake.send("\x16\x03\x01");
    BlockingClient in_first_bytes((*second)->local());
    in_first_bytes.send(kAllocate.substr(0, 5));
    for (auto* client : {&silent, &in_header, &says_nothing, &in_handshake, &in_first_bytes}) {
      EXPECT_TRUE(client->is_closed_silently());
    }
  });
  EXPECT_EQ(counters().closed_deadline.value(), 2u);
  EXPECT_EQ((*second)->counters().closed_deadline.value(), 3u);
}

TEST_F(OnePortListenerTest, TheDeadlineEndsWithTheHandOver) {
  OnePortOptions options;
  options.handshake_timeout = 400ms;
  open(options);
  run_beside(loop, [&] {
    auto client = connect();
    client.send(kAllocate);
    EXPECT_EQ(client.read(1 + kAllocate.size()), "T" + kAllocate);
    auto silent = connect();
    EXPECT_TRUE(silent.is_closed_silently());
    client.send("still here");
    EXPECT_EQ(client.read(10), "still here");
  });
}

TEST_F(OnePortListenerTest, OneSourceIsHeldToItsShareAsLongAsItsStreamsLive) {
  open({}, {.connections_per_source = 2});
  run_beside(loop, [&] {
    auto first = connect();
    auto second = connect();
    for (auto* client : {&first, &second}) {
      client->send(kAllocate);
      EXPECT_EQ(client->read(1), "T");
    }
    auto third = connect();
    EXPECT_TRUE(third.is_closed_silently());
    first.close();
    settle(loop);
    auto fourth = connect();
    fourth.send(kAllocate);
    EXPECT_EQ(fourth.read(1), "T");
  });
  EXPECT_EQ(counters().rejected_per_source.value(), 1u);
}

TEST_F(OnePortListenerTest, BehindAProxyTheClientIsWhatCounts) {
  open(behind_proxy(), {.connections_per_source = 1});
  auto other_header = kProxyHeader;
  other_header[19] = '\x02';
  run_beside(loop, [&] {
    auto first = connect();
    first.send(kProxyHeader + kAllocate);
    EXPECT_EQ(first.read(1), "T");
    auto other = connect();
    other.send(other_header + kAllocate);
    EXPECT_EQ(other.read(1), "T");
    auto second = connect();
    second.send(kProxyHeader + kAllocate);
    EXPECT_TRUE(second.is_closed_silently());
  });
}

TEST_F(OnePortListenerTest, AllTogetherAreHeldToTheTotal) {
  open({}, {.connections = 1});
  run_beside(loop, [&] {
    auto first = connect();
    first.send(kAllocate);
    EXPECT_EQ(first.read(1), "T");
    EXPECT_TRUE(connect().is_closed_silently());
  });
  EXPECT_EQ(counters().rejected_total.value(), 1u);
}

TEST_F(OnePortListenerTest, ADualStackPortTakesIpv4AndNamesIt) {
  OnePortOptions options;
  options.endpoint = {base::IpAddress::v6(0, 0), 0};
  options.v6_only = false;
  open(options);
  run_beside(loop, [&] {
    BlockingClient client({base::IpAddress::v4(0x7f000001), listener->local().port});
    client.send(kAllocate);
    EXPECT_EQ(client.read(1), "T");
    settle(loop);
    EXPECT_EQ(sink.seen.back().client, client.local());
  });
  ASSERT_EQ(sink.seen.size(), 1u);
  EXPECT_EQ(sink.seen[0].server.ip.to_string(), "127.0.0.1");
}

TEST_F(OnePortListenerTest, AStoppedPortIsFreeAndOldConnectionsGoOn) {
  open();
  run_beside(loop, [&] {
    auto old = connect();
    settle(loop);
    loop.post([&] { listener->stop_accepting(); });
    settle(loop);
    EXPECT_FALSE(connect().is_connected());
    old.send(kAllocate);
    EXPECT_EQ(old.read(1), "T");
  });
}

TEST_F(OnePortListenerTest, ATakenPortIsNamed) {
  open();
  const auto second =
      OnePortListener::open(group, {.endpoint = listener->local()}, std::nullopt, *limiter, sink);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text,
              testing::HasSubstr(listener->local().to_string() + ": bind: Address already in use"));
}

TEST_F(OnePortListenerTest, WhoSaysNothingAndLeavesIsCounted) {
  open();
  run_beside(loop, [&] {
    connect().close();
    settle(loop);
  });
  EXPECT_EQ(counters().closed_silent.value(), 1u);
}

// In a process of its own, since the limit is the process's. Exit status: how many expectations failed.
int serve_without_descriptors() {
  int failures = 0;
  const auto expect = [&failures](bool holds, const char* what) {
    if (!holds) std::fprintf(stderr, "not so: %s\n", what), ++failures;
  };
  EventLoop loop;
  StreamGroup group(loop);
  EchoSink sink(group);
  ConnectionLimiter limiter({}, {1, 2});
  OnePortOptions options;
  options.endpoint = OnePortListenerTest::kLoopback;
  options.accept_pause = 30ms;
  auto listener = OnePortListener::open(group, options, std::nullopt, limiter, sink);
  BlockingClient waiting((*listener)->local());
  BlockingClient turned_away((*listener)->local());
  std::vector<UniqueFd> hoard;
  for (UniqueFd fd(::dup(0)); fd; fd = UniqueFd(::dup(0))) hoard.push_back(std::move(fd));

  const auto& counters = (*listener)->counters();
  int rounds = 0;
  loop.run_until(loop.now().steady + 100ms, [&] { return ++rounds < 0; });
  expect(counters.out_of_descriptors.value() >= 2, "the failures are counted");
  expect(counters.out_of_descriptors.value() <= 5, "each failure is followed by a pause");
  expect(rounds < 50, "the loop does not spin");
  hoard.clear();
  BlockingClient later((*listener)->local());
  later.send(kAllocate);
  expect(loop.run_until(loop.now().steady + 5s, [&] { return sink.seen.size() == 1; }), "it recovers");
  expect(waiting.is_closed_silently() && turned_away.is_closed_silently(), "the first were turned away");
  return failures;
}

TEST(OnePortListenerLimitTest, OutOfDescriptorsItPausesAndRecovers) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{.rlim_cur = 32, .rlim_max = 32};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::_exit(serve_without_descriptors());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace net

// Streams whose two directions end apart from each other, and streams that break off.
#include <gtest/gtest.h>

#include <cerrno>

#include "net/listening_socket.h"
#include "net/stream.h"
#include "tests/net/stream_world.h"

namespace net {
namespace {

using namespace std::chrono_literals;

// Over plain TCP and over TLS.
struct StreamHalfCloseTest : StreamTest, testing::TestWithParam<bool> {
  StreamHalfCloseTest()
      : connection(connect_pair()),
        client(*connection.client),
        stream(std::make_unique<Stream>(std::move(connection.server), StreamOptions())) {
    handler.takes_half_close = true;
    stream->attach(group, handler);
    if (GetParam()) {
      stream->start_tls(test_tls_context());
      run_beside(loop, [&] { EXPECT_TRUE(client.start_tls()); });
      EXPECT_TRUE(run_until([&] { return handler.handshakes == 1; }));
    }
  }
  // Long enough for what has been sent to arrive.
  void idle() {
    (void)loop.run_until(loop.now().steady + 50ms, [] { return false; });
  }
  bool send(std::string_view text) { return stream->send(base::as_bytes(text), Priority::kControl); }

  RecordingHandler handler;
  Connection connection;
  BlockingClient& client;
  std::unique_ptr<Stream> stream;
};
INSTANTIATE_TEST_SUITE_P(Over, StreamHalfCloseTest, testing::Bool(),
                         [](const auto& run) { return run.param ? "Tls" : "Tcp"; });

TEST_P(StreamHalfCloseTest, OutputGoesOnAfterTheEndOfInput) {
  client.send("question");
  client.say_goodbye();
  EXPECT_TRUE(run_until([&] { return handler.ends == 1; }));
  EXPECT_EQ(handler.received, "question");
  EXPECT_TRUE(handler.closed.empty());
  EXPECT_TRUE(send("answer"));
  stream->end_output();
  EXPECT_FALSE(send("too late"));
  run_beside(loop, [&] { EXPECT_EQ(client.read_until_closed(), "answer"); });
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.closed, std::vector{CloseReason::kFinished});
  EXPECT_EQ(handler.ends, 1);
}

TEST_P(StreamHalfCloseTest, InputGoesOnAfterTheEndOfOutput) {
  EXPECT_TRUE(send("that is all"));
  stream->end_output();
  EXPECT_TRUE(run_until([&] { return stream->queued_bytes() == 0; }));
  client.send("and now I");
  EXPECT_TRUE(run_until([&] { return handler.received == "and now I"; }));
  EXPECT_TRUE(handler.closed.empty());
  client.say_goodbye();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.closed, std::vector{CloseReason::kFinished});
}

TEST_P(StreamHalfCloseTest, EndWaitsForWhatAPausedHandlerHasNotSeen) {
  stream->pause_reading();
  client.send("before the end");
  client.say_goodbye();
  idle();
  EXPECT_EQ(handler.ends, 0);
  stream->resume_reading();
  EXPECT_TRUE(run_until([&] { return handler.ends == 1; }));
  EXPECT_EQ(handler.received, "before the end");
}

TEST_P(StreamHalfCloseTest, FinishAfterTheEndOfInputSendsWhatIsQueued) {
  client.say_goodbye();
  EXPECT_TRUE(run_until([&] { return handler.ends == 1; }));
  EXPECT_TRUE(send("last words"));
  stream->finish(loop.now().steady + 5s);
  run_beside(loop, [&] { EXPECT_EQ(client.read_until_closed(), "last words"); });
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.closed, std::vector{CloseReason::kFinished});
}

TEST_P(StreamHalfCloseTest, WithoutAHandlerForItTheEndIsAClose) {
  handler.takes_half_close = false;
  client.say_goodbye();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.closed, std::vector{CloseReason::kPeerClosed});
}

TEST_P(StreamHalfCloseTest, FinishAfterTheEndOfOutputWaitsForThePeer) {
  stream->end_output();
  idle();
  stream->finish(loop.now().steady + 5s);
  client.send("nobody listens any more");
  client.close();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.received, "");
}

struct TlsHalfCloseTest : StreamHalfCloseTest {};
INSTANTIATE_TEST_SUITE_P(Over, TlsHalfCloseTest, testing::Values(true), [](const auto&) { return "Tls"; });

TEST_P(TlsHalfCloseTest, WithoutItsGoodbyeNothingGoesOn) {
  client.send("everything");
  client.shut_down_writing();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.closed, std::vector{CloseReason::kPeerClosed});
  EXPECT_EQ(handler.received, "everything");
  EXPECT_EQ(handler.ends, 0);
}

const base::Endpoint kLoopback{base::IpAddress::v4(0x7f000001), 0};

// Two streams, because a blocking client does not tell a reset from an end.
TEST(StreamAbortTest, ThePeerHearsThatTheConnectionBroke) {
  EventLoop loop;
  StreamGroup group(loop);
  const auto listening = open_listening_socket(kLoopback, true, 1);
  auto far_socket = connect_from(kLoopback, listening->local);
  ASSERT_TRUE(far_socket);
  auto near_socket = accept_from(listening->fd.get());
  ASSERT_TRUE(near_socket);
  Stream near_end(std::move(near_socket->fd), StreamOptions()),
      far_end(std::move(*far_socket), StreamOptions());
  RecordingHandler near_handler, far_handler;
  far_handler.takes_half_close = true;
  near_end.attach(group, near_handler);
  far_end.attach(group, far_handler);
  near_end.abort();
  EXPECT_FALSE(near_end.is_open());
  EXPECT_TRUE(loop.run_until(loop.now().steady + 10s, [&] { return !far_handler.closed.empty(); }));
  EXPECT_EQ(far_handler.closed, std::vector{CloseReason::kReset});
  EXPECT_EQ(far_handler.ends, 0);
  EXPECT_TRUE(near_handler.closed.empty());
}

// What a relayed address of RFC 6062 does: it listens, and connects to several peers, from one port.
TEST(ListeningSocketTest, ConnectionsMayLeaveFromTheAddressThatIsListenedOn) {
  const auto relay = open_listening_socket(kLoopback, true, 4, true);
  ASSERT_TRUE(relay);
  const auto first = open_listening_socket(kLoopback, true, 1),
             second = open_listening_socket(kLoopback, true, 1);
  const auto to_first = connect_from(relay->local, first->local),
             to_second = connect_from(relay->local, second->local);
  ASSERT_TRUE(to_first && to_second);
  EXPECT_EQ(accept_from(first->fd.get())->from, relay->local);
  EXPECT_EQ(accept_from(second->fd.get())->from, relay->local);
  EXPECT_EQ(connect_outcome(to_first->get()), 0);
  const auto incoming = connect_from(kLoopback, relay->local);
  EXPECT_TRUE(accept_from(relay->fd.get())) << "and it still takes those that come";
  EXPECT_EQ(accept_from(relay->fd.get()).error(), EAGAIN);
}

TEST(ListeningSocketTest, NobodyElseSharesAPortThatIsNotShared) {
  const auto alone = open_listening_socket(kLoopback, true, 1);
  EXPECT_EQ(open_listening_socket(alone->local, true, 1, true).error().code, EADDRINUSE);
  EXPECT_EQ(connect_from(alone->local, alone->local).error().code, EADDRINUSE);
}

}  // namespace
}  // namespace net

#include "net/stream.h"

#include "tests/net/stream_fixture.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(StreamPlainTest, WhatTheHandlerLeavesComesAgainWithMore) {
  std::vector<std::string> seen;
  handler.take = [&](Stream&, base::MutableBytes bytes) {
    seen.emplace_back(base::as_text(bytes));
    return bytes.size() / 4 * 4;
  };
  run_beside(loop, [&] {
    client.send("abcdef");
    settle(loop);
    client.send("gh");
    settle(loop);
  });
  EXPECT_THAT(seen, ElementsAre("abcdef", "efgh"));
}

TEST_F(StreamPlainTest, PiecesAreOneMessageAndSeveralMessagesOneWrite) {
  const std::array<base::Bytes, 2> pieces{base::as_bytes("head"), base::as_bytes("body")};
  EXPECT_TRUE(stream->send(pieces, Priority::kDroppable));
  EXPECT_TRUE(send("more"));
  EXPECT_EQ(stream->counters().sent_bytes, 0u) << "nothing goes out before the flush";
  group.flush();
  EXPECT_EQ(client.read(12), "headbodymore");
  EXPECT_EQ(stream->counters().sent_messages, 2u);
  EXPECT_EQ(group.totals().sent_bytes.value(), 12u);
}

TEST_F(StreamPlainTest, AnswersFromInsideACallbackNeedNoFlush) {
  handler.take = [](Stream& echo, base::MutableBytes bytes) {
    echo.send(bytes, Priority::kControl);
    return bytes.size();
  };
  run_beside(loop, [&] {
    client.send("ping");
    EXPECT_EQ(client.read(4), "ping");
  });
}

TEST_F(StreamPlainTest, AHalfCloseIsAClose) {
  client.send("last words");
  client.shut_down_writing();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_EQ(handler.received, "last words");
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kPeerClosed));
  EXPECT_FALSE(stream->is_open());
  EXPECT_TRUE(client.is_closed_silently());
}

TEST_F(StreamPlainTest, AResetIsTold) {
  client.reset();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kReset));
}

TEST_F(StreamPlainTest, AWriteThatFailsIsToldFromTheLoopAndOnce) {
  client.reset();
  while (stream->queued_bytes() == 0 && handler.closed.empty()) {  // the reset arrives in its own time
    send("x");
    stream->flush();
    if (stream->send_room(Priority::kControl) == 0) break;
  }
  EXPECT_THAT(handler.closed, IsEmpty());
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kReset));
  EXPECT_FALSE(send("y"));
}

TEST_F(StreamPlainTest, TheHandlerMayDestroyTheStreamInACallback) {
  handler.take = [&](Stream&, base::MutableBytes bytes) {
    stream.reset();
    return bytes.size();
  };
  run_beside(loop, [&] {
    client.send("x");
    EXPECT_TRUE(client.is_closed_silently());
  });
}

TEST_F(StreamPlainTest, CloseTellsNobody) {
  stream->close();
  EXPECT_TRUE(client.is_closed_silently());
  EXPECT_THAT(handler.closed, IsEmpty());
  EXPECT_FALSE(send("x"));
}

TEST_F(StreamPlainTest, AFullBufferThatIsLeftUntouchedClosesTheStream) {
  handler.take = [](Stream&, base::MutableBytes) { return size_t{0}; };
  run_beside(loop, [&] {
    client.send(std::string(StreamOptions().receive_buffer_bytes, 'x'));
    client.read_until_closed();
  });
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kReceiveOverflow));
}

TEST_F(StreamPlainTest, TheLargestFrameFitsInOnePiece) {
  const std::string frame_text(20 + 65535 + 3, 'x');
  size_t largest = 0;
  handler.take = [&](Stream&, base::MutableBytes bytes) {
    largest = bytes.size();
    return bytes.size() == frame_text.size() ? bytes.size() : 0;
  };
  run_beside(loop, [&] {
    for (size_t at = 0; at < frame_text.size(); at += 1000) client.send(frame_text.substr(at, 1000));
    settle(loop);
  });
  EXPECT_EQ(largest, frame_text.size());
}

TEST_F(StreamPlainTest, PausedNothingComesAndResumedNothingIsLost) {
  handler.take = [&](Stream& paused, base::MutableBytes bytes) {
    handler.received.append(base::as_text(bytes.first(1)));
    paused.pause_reading();
    return size_t{1};
  };
  run_beside(loop, [&] {
    client.send("abc");
    settle(loop);
  });
  EXPECT_EQ(handler.received, "a");
  stream->resume_reading();
  EXPECT_TRUE(run_until([&] { return handler.received == "ab"; }));
  stream->resume_reading();
  EXPECT_TRUE(run_until([&] { return handler.received == "abc"; }));
}

TEST_F(StreamPlainTest, ANewHandlerGetsWhatIsUnread) {
  RecordingHandler next;
  handler.take = [&](Stream& upgraded, base::MutableBytes) {
    upgraded.set_handler(next);
    return size_t{3};
  };
  run_beside(loop, [&] {
    client.send("oldnew");
    settle(loop);
  });
  EXPECT_EQ(next.received, "new");
}

// It once was read before the new handler had its turn, and closed for want of room: 413 to a request of more
// than 66 KiB became a reset.
TEST_F(StreamPlainTest, ANewHandlerGetsAFullBufferThoughMoreIsThere) {
  RecordingHandler next;
  const StreamOptions options;
  const std::string sent(3 * options.receive_buffer_bytes, 'x');
  handler.take = [&](Stream& upgraded, base::MutableBytes received) {
    if (received.size() == options.receive_buffer_bytes) upgraded.set_handler(next);
    return size_t{0};
  };
  run_beside(loop, [&] {
    client.send(sent);
    settle(loop);
  });
  EXPECT_EQ(next.received.size(), sent.size());
  EXPECT_TRUE(next.closed.empty());
}

TEST_F(StreamPlainTest, TheDeadlineClosesUnlessTheHandlerWantsMoreTime) {
  handler.more_time = true;
  stream->set_deadline(loop.now().steady);
  EXPECT_TRUE(run_until([&] { return handler.deadlines == 1; }));
  EXPECT_TRUE(stream->is_open());
  handler.more_time = false;
  stream->set_deadline(loop.now().steady);
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kDeadline));
  EXPECT_TRUE(client.is_closed_silently());
}

TEST_F(StreamPlainTest, AClearedDeadlineNeverComes) {
  RecordingHandler other_handler;
  auto other = connect_pair();
  Stream later(std::move(other.server), {});
  later.attach(group, other_handler);
  stream->set_deadline(loop.now().steady + 1ms);
  later.set_deadline(loop.now().steady + 300ms);
  stream->clear_deadline();
  EXPECT_TRUE(run_until([&] { return other_handler.deadlines == 1; }));
  EXPECT_EQ(handler.deadlines, 0);
}

TEST_F(StreamPlainTest, FinishSendsEverythingAndWaitsForThePeer) {
  const std::string text(200'000, 'x');
  EXPECT_TRUE(send(text));
  stream->finish(loop.now().steady + 10s);
  EXPECT_FALSE(send("too late"));
  run_beside(loop, [&] {
    EXPECT_EQ(client.read_until_closed().size(), text.size());
    client.send("what nobody reads any more");
    settle(loop);
    client.close();
    settle(loop);
  });
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
  EXPECT_EQ(handler.received, "");
}

TEST_F(StreamPlainTest, FinishEndsAtItsDeadlineThoughThePeerStays) {
  stream->finish(loop.now().steady);
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
}

TEST_F(StreamPlainTest, FinishServesAPeerThatHasShutDownItsSide) {
  handler.take = [&](Stream& finishing, base::MutableBytes bytes) {
    send("answer");
    finishing.finish(loop.now().steady + 10s);
    return bytes.size();
  };
  client.send("question");
  client.shut_down_writing();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
  EXPECT_EQ(client.read_until_closed(), "answer");
}

// A reader so slow that it does not read at all until it is told to.
struct SlowReaderTest : StreamPlainTest {
  SlowReaderTest()
      : StreamPlainTest({.send_queue_bytes = 64 * 1024, .control_reserve_bytes = 8 * 1024}, 4096) {
    // Fills the kernel's buffers first, so that from here on the queue alone takes what is sent.
    const std::string block = frame(4096, 'k');
    while (stream->queued_bytes() == 0) {
      send(block);
      stream->flush();
      ++in_kernel;
    }
  }
  size_t in_kernel = 0;
};

TEST_F(SlowReaderTest, MediaIsDroppedWholeAndRepliesStillFindRoom) {
  size_t accepted = 0;
  size_t offered = 0;
  while (offered < 1000) {
    ++offered;
    accepted += send(frame(1200, 'm'), Priority::kDroppable);
  }
  EXPECT_LT(accepted, 50u);
  EXPECT_EQ(stream->counters().dropped_messages, offered - accepted);
  EXPECT_EQ(stream->counters().dropped_bytes, (offered - accepted) * 1200);
  EXPECT_EQ(group.totals().dropped_messages.value(), offered - accepted);
  EXPECT_TRUE(send(frame(200, 'c')));
  EXPECT_LE(stream->queued_bytes(), 64u * 1024);
  std::string all;
  run_beside(loop, [&] {
    const size_t expected = in_kernel * 4096 + accepted * 1200 + 200;
    all = client.read(expected);
  });
  EXPECT_EQ(fills_of(all), std::string(in_kernel, 'k') + std::string(accepted, 'm') + "c");
  EXPECT_EQ(handler.drained, 1);
}

TEST_F(SlowReaderTest, RepliesTooAreBounded) {
  while (send(frame(100, 'c'))) {
  }
  EXPECT_EQ(stream->counters().dropped_messages, 1u);
  EXPECT_LE(stream->queued_bytes(), 64u * 1024);
  EXPECT_GT(stream->queued_bytes(), 63u * 1024);
}

}  // namespace
}  // namespace net

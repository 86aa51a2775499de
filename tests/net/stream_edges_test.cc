// The kernel tells each change once: what a stream did not take then, it must come back for by itself.
#include "tests/net/stream_fixture.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A turn reads four times this.
struct ManyTurnsTest : StreamPlainTest {
  ManyTurnsTest() : StreamPlainTest({.receive_buffer_bytes = 4096}) {}
};

TEST_F(ManyTurnsTest, EverythingIsRead) {
  const std::string text(60'000, 'x');
  client.send(text);
  EXPECT_TRUE(run_until([&] { return handler.received.size() == text.size(); }));
}

TEST_F(ManyTurnsTest, WhoGivesWayGoesOnWhenOthersHadTheirTurn) {
  std::string order;
  handler.take = [&](Stream& same, base::MutableBytes bytes) {
    order += static_cast<char>(bytes[0]);
    same.give_way();
    return size_t{1};
  };
  auto pair = connect_pair();
  RecordingHandler other;
  other.take = [&](Stream&, base::MutableBytes bytes) {
    order += static_cast<char>(bytes[0]);
    return bytes.size();
  };
  Stream late(std::move(pair.server), {});
  late.attach(group, other);
  client.send("abcdef" + std::string(9000, 'x'));  // more than a buffer holds
  client.shut_down_writing();
  pair.client->send("B");
  ASSERT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_LT(order.find('B'), 3u);
  std::erase(order, 'B');
  EXPECT_EQ(order, "abcdef" + std::string(9000, 'x')) << "nothing lost, nothing twice";
}

TEST_F(ManyTurnsTest, EverythingIsDiscarded) {
  handler.take = [&](Stream& finishing, base::MutableBytes bytes) {
    finishing.finish(loop.now().steady + 60s);
    return bytes.size();
  };
  client.send(std::string(1'000'000, 'x'));  // more than a turn discards, and the kernel takes it all
  client.shut_down_writing();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
}

TEST_F(StreamPlainTest, FinishNoticesWhatCameWhileNobodyRead) {
  stream->pause_reading();
  client.send("never read");
  client.shut_down_writing();
  run_beside(loop, [&] { settle(loop); });
  stream->finish(loop.now().steady + 60s);
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kFinished));
  EXPECT_TRUE(client.is_closed_silently());
}

TEST_F(StreamPlainTest, AResetWhileNobodyReadIsToldToWhoReadsAgain) {
  stream->pause_reading();
  client.reset();
  run_beside(loop, [&] { settle(loop); });
  EXPECT_THAT(handler.closed, IsEmpty());
  stream->resume_reading();
  EXPECT_TRUE(run_until([&] { return !handler.closed.empty(); }));
  EXPECT_THAT(handler.closed, ElementsAre(CloseReason::kReset));
}

TEST_F(StreamPlainTest, ItMayOutliveItsGroup) {
  RecordingHandler other_handler;
  auto other = connect_pair();
  Stream survivor(std::move(other.server), {});
  {
    StreamGroup brief(loop);
    survivor.attach(brief, other_handler);
    other.client->send("for whoever comes next");
  }
  EXPECT_FALSE(survivor.is_attached());
  survivor.attach(group, other_handler);
  EXPECT_TRUE(run_until([&] { return other_handler.received == "for whoever comes next"; }));
}

TEST_F(StreamPlainTest, AnotherHandlerMayDestroyItInTheSameRound) {
  RecordingHandler other_handler;
  auto other = connect_pair();
  auto doomed = std::make_unique<Stream>(std::move(other.server), StreamOptions());
  doomed->attach(group, other_handler);
  run_beside(loop, [&] { settle(loop); });
  handler.take = [&](Stream&, base::MutableBytes bytes) {
    doomed.reset();
    return bytes.size();
  };
  client.send("x");
  other.client->send("y");
  EXPECT_TRUE(run_until([&] { return doomed == nullptr; }));
}

}  // namespace
}  // namespace net

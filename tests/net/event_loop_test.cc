#include "net/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "net/fd_watch.h"
#include "net/signal_watch.h"
#include "net/timer.h"
#include "tests/net/udp_pair.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(EventLoopTest, StopBeforeRunEndsItAtOnce) {
  EventLoop loop;
  loop.stop();
  loop.run();
}

TEST(EventLoopTest, StopFromAnotherThreadEndsRun) {
  EventLoop loop;
  std::jthread stopper([&] { loop.stop(); });
  loop.run();
}

TEST(EventLoopTest, ARunAfterAStoppedRunRunsAgain) {
  EventLoop loop;
  loop.stop();
  loop.run();
  bool called = false;
  loop.post([&] { called = true; });
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return called; }));
}

TEST(EventLoopTest, PostedCallsRunOnTheLoopsThreadInOrder) {
  EventLoop loop;
  std::vector<int> order;
  std::thread::id ran_on;
  std::jthread poster([&] {
    for (int i = 0; i < 3; ++i)
      loop.post([&, i] { order.push_back(i), ran_on = std::this_thread::get_id(); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(EventLoopTest, APacedLoopPausesBetweenRoundsAndStillStops) {
  EventLoop loop;
  loop.set_pace({.longest = 5ms, .events_per_round = 1000, .from_events_per_second = 1});
  const auto began = loop.now().steady;
  int rounds = 0;
  const std::function<void()> again = [&] {
    const auto passed = loop.now().steady - began;
    if (passed > 20ms) ++rounds;  // it counts events before it pauses
    passed < 120ms ? loop.post(again) : loop.stop();
  };
  loop.post(again);
  loop.run();
  EXPECT_LE(rounds, 21);
}

TEST(EventLoopTest, RunUntilGivesUpAtTheDeadline) {
  EventLoop loop;
  const auto deadline = loop.now().steady + 2ms;
  EXPECT_FALSE(loop.run_until(deadline, [] { return false; }));
  EXPECT_GE(loop.now().steady, deadline);
}

TEST(EventLoopTest, NowMovesOnBothClocks) {
  EventLoop loop;
  const auto first = loop.now();
  EXPECT_GE(loop.now().steady, first.steady);
  EXPECT_GT(first.wall.time_since_epoch(), std::chrono::years(50));
}

TEST(SignalWatchTest, CallsForEachSignalAndStopsWhenDestroyed) {
  EventLoop loop;
  int caught = 0;
  const SignalWatch watch(loop, SIGUSR1, [&] { ++caught; });
  raise(SIGUSR1);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return caught == 1; }));
}

TEST(TimerTest, NeverFiresBeforeItsDeadline) {
  EventLoop loop;
  std::vector<base::TimePoint::duration> lateness;
  for (const auto wait : {0ms, 1ms, 3ms, 7ms}) {
    const auto deadline = loop.now().steady + wait;
    bool fired = false;
    Timer timer(loop, [&] { fired = true, lateness.push_back(loop.now().steady - deadline); });
    timer.arm(deadline);
    ASSERT_TRUE(loop.run_until(deadline + 5s, [&] { return fired; }));
  }
  EXPECT_THAT(lateness, ::testing::Each(::testing::Ge(0ns)));
}

TEST(TimerTest, FiresOncePerArmingAndInOrderOfDeadlines) {
  EventLoop loop;
  std::vector<char> order;
  Timer late(loop, [&] { order.push_back('b'); });
  Timer early(loop, [&] { order.push_back('a'); });
  late.arm(loop.now().steady + 12ms);
  early.arm(loop.now().steady + 2ms);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return order.size() == 2; }));
  EXPECT_THAT(order, ElementsAre('a', 'b'));
  EXPECT_FALSE(early.deadline());
}

TEST(TimerTest, ADisarmedTimerStaysSilent) {
  EventLoop loop;
  bool disarmed_fired = false;
  bool done = false;
  Timer disarmed(loop, [&] { disarmed_fired = true; });
  Timer end(loop, [&] { done = true; });
  disarmed.arm(loop.now().steady);
  disarmed.disarm();
  end.arm(loop.now().steady + 6ms);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return done; }));
  EXPECT_FALSE(disarmed_fired);
}

TEST(TimerTest, RearmingReplacesTheDeadline) {
  EventLoop loop;
  int fired = 0;
  Timer timer(loop, [&] { ++fired; });
  timer.arm(loop.now().steady + 1h);
  timer.arm_or_disarm(loop.now().steady + 1ms);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return fired == 1; }));
}

TEST(TimerTest, MayDestroyItselfWhenItFires) {
  EventLoop loop;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] { timer.reset(); });
  timer->arm(loop.now().steady);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return timer == nullptr; }));
}

class Recorder final : public FdHandler {
 public:
  void on_ready(Events events) override { seen.push_back(events); }
  std::vector<Events> seen;
};

TEST(FdWatchTest, AWritableSocketIsToldOnlyWhileWritingIsWatched) {
  EventLoop loop;
  const auto socket = testing::open_udp("127.0.0.1:0");
  Recorder recorder;
  FdWatch watch(loop, socket.fd(), Events::kRead | Events::kWrite, recorder);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return recorder.seen.size() >= 2; }));
  EXPECT_EQ(recorder.seen.front(), Events::kWrite);
  watch.set_events(Events::kRead);
  recorder.seen.clear();
  EXPECT_FALSE(loop.run_until(loop.now().steady + 2ms, [&] { return !recorder.seen.empty(); }));
}

TEST(FdWatchTest, MayBeDestroyedByItsHandlerAndByMoving) {
  struct Closer final : FdHandler {
    void on_ready(Events) override { watch = FdWatch(); }
    FdWatch watch;
    UdpSocket socket = testing::open_udp("127.0.0.1:0");
  };
  EventLoop loop;
  Closer closer;
  closer.watch = FdWatch(loop, closer.socket.fd(), Events::kWrite, closer);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return closer.watch.events() == Events::kNone; }));
}

}  // namespace
}  // namespace net

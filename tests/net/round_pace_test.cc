#include "net/round_pace.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr RoundPace::Options kOptions{
    .longest = 1500us, .events_per_round = 16, .from_events_per_second = 2000};

// A loop whose events come evenly.
class RoundPaceTest : public ::testing::Test {
 protected:
  struct Seen {
    std::chrono::nanoseconds longest_pause{0};
    uint32_t rounds = 0;
    uint32_t events = 0;
  };
  // Each event takes `work`; a round waits for the first if there is none yet.
  Seen run(std::chrono::nanoseconds duration, std::chrono::nanoseconds between,
           std::chrono::nanoseconds work) {
    Seen seen;
    auto next = now_ + between;
    for (const auto end = now_ + duration; now_ < end;) {
      const auto began = now_;
      now_ = std::max(now_, next);
      uint32_t events = 0;
      for (const auto looked = now_; next <= looked; next += between) ++events;
      now_ += events * work;
      const auto pause = pace_.pause_after(began, now_, events);
      now_ += pause;
      seen.longest_pause = std::max(seen.longest_pause, pause);
      ++seen.rounds;
      seen.events += events;
    }
    return seen;
  }

  RoundPace pace_{kOptions};
  base::TimePoint now_{1h};
};

TEST_F(RoundPaceTest, ALoopWithFewEventsNeverPauses) { EXPECT_EQ(run(1s, 510us, 20us).longest_pause, 0us); }

TEST_F(RoundPaceTest, ABusyOneGathersAsManyAsItWants) {
  (void)run(100ms, 50us, 10us);
  const auto seen = run(1s, 50us, 10us);
  EXPECT_NEAR(seen.events / seen.rounds, 16, 1);
}

TEST_F(RoundPaceTest, NoEventIsLaterThanTheLongestPause) {
  (void)run(100ms, 250us, 10us);
  const auto seen = run(1s, 250us, 10us);
  EXPECT_NEAR(seen.events / seen.rounds, 6, 1);
  EXPECT_LT(seen.longest_pause, 1500us);
}

TEST_F(RoundPaceTest, TheFirstOfABurstAreNotLate) {
  EXPECT_EQ(run(9ms, 50us, 10us).longest_pause, 0us);
  EXPECT_GT(run(9ms, 50us, 10us).longest_pause, 0us);
}

TEST_F(RoundPaceTest, AQuietWhileEndsThePauses) {
  (void)run(100ms, 50us, 10us);
  (void)run(30ms, 10ms, 10us);
  EXPECT_EQ(run(9ms, 50us, 10us).longest_pause, 0us);
}

TEST_F(RoundPaceTest, ALoopThatOnlyJustKeepsUpStillDoes) {
  (void)run(100ms, 20us, 19us);
  const auto began = now_;
  const auto seen = run(1s, 20us, 19us);
  EXPECT_NEAR(seen.events, (now_ - began) / 20us, 32);
}

}  // namespace
}  // namespace net

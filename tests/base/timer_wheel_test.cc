#include "base/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/fixed_random.h"

namespace base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Waiter : TimerLink {
  int name = 0;
};

class TimerWheelTest : public testing::Test {
 protected:
  std::vector<int> expire(std::chrono::nanoseconds passed) {
    std::vector<int> names;
    now += passed;
    wheel.expire(now, [&](TimerLink& link) { names.push_back(static_cast<Waiter&>(link).name); });
    return names;
  }
  TimePoint now{1h};
  TimerWheel wheel{now};
  Waiter a{{}, 1}, b{{}, 2}, c{{}, 3};
};

TEST_F(TimerWheelTest, ExpiresAtTheDeadlineAndNotBefore) {
  wheel.arm(a, now + 10s);
  EXPECT_THAT(expire(10s - 1ns), ElementsAre());
  EXPECT_TRUE(a.is_linked());
  EXPECT_THAT(expire(1ns), ElementsAre(1));
  EXPECT_FALSE(a.is_linked());
  EXPECT_THAT(expire(10s), ElementsAre());
}

TEST_F(TimerWheelTest, PastDeadlineIsDueAtOnce) {
  wheel.arm(a, now - 10s);
  EXPECT_THAT(expire(0s), ElementsAre(1));
}

TEST_F(TimerWheelTest, DeadlinesBeyondOneTurnWait) {  // a turn is 256 seconds
  wheel.arm(a, now + 600s);
  wheel.arm(b, now + 88s);
  EXPECT_THAT(expire(88s), ElementsAre(2));
  for (int i = 0; i < 511; ++i) EXPECT_THAT(expire(1s), ElementsAre());
  EXPECT_THAT(expire(1s), ElementsAre(1));
}

TEST_F(TimerWheelTest, OneLateCallCatchesUpWithEverything) {
  wheel.arm(a, now + 1s);
  wheel.arm(b, now + 300s);
  wheel.arm(c, now + 3000s);
  EXPECT_THAT(expire(2000s), testing::UnorderedElementsAre(1, 2));
}

TEST_F(TimerWheelTest, RearmingMovesAndUnlinkingDisarms) {
  wheel.arm(a, now + 1s);
  wheel.arm(a, now + 2s);
  wheel.arm(b, now + 1s);
  b.unlink();
  {
    Waiter gone;
    wheel.arm(gone, now + 1s);
  }
  EXPECT_THAT(expire(1s), ElementsAre());
  EXPECT_THAT(expire(1s), ElementsAre(1));
  EXPECT_EQ(wheel.poll_timeout(), std::nullopt);
}

TEST_F(TimerWheelTest, CallbackMayDisarmWhatIsDueToo) {
  wheel.arm(a, now + 1s);
  wheel.arm(b, now + 1s);
  std::vector<int> names;
  wheel.expire(now + 1s, [&](TimerLink& link) {
    names.push_back(static_cast<Waiter&>(link).name);
    b.unlink();
  });
  EXPECT_THAT(names, ElementsAre(1));
}

TEST_F(TimerWheelTest, WhatTheCallbackArmsForNowIsDueAtTheNextCall) {
  wheel.arm(a, now + 10s);
  const auto later = now + 20s;
  wheel.expire(later, [&](TimerLink&) { wheel.arm(b, later - 5s); });
  now = later;
  ASSERT_TRUE(wheel.poll_timeout());
  EXPECT_LE(*wheel.poll_timeout(), later + TimerWheel::kTick);
  EXPECT_THAT(expire(TimerWheel::kTick), ElementsAre(2));
}

TEST_F(TimerWheelTest, PollTimeoutIsNeverPastTheDeadlinesTick) {
  support::FixedRandom random(1);
  std::vector<std::unique_ptr<Waiter>> waiters;
  for (int i = 0; i < 200; ++i) {
    waiters.push_back(std::make_unique<Waiter>());
    wheel.arm(*waiters.back(), now + std::chrono::milliseconds(random.below(2'000'000)));
  }
  for (size_t left = waiters.size(); left > 0;) {
    const auto timeout = wheel.poll_timeout();
    ASSERT_TRUE(timeout);
    ASSERT_GT(*timeout, now);  // no spinning
    now = *timeout;
    wheel.expire(now, [&](TimerLink& link) {
      EXPECT_LE(link.deadline(), now);
      EXPECT_GE(link.deadline() + TimerWheel::kTick, now);
      --left;
    });
  }
  EXPECT_EQ(wheel.poll_timeout(), std::nullopt);
}

TEST_F(TimerWheelTest, PollTimeoutMissesNothingHoweverOthersComeAndGo) {
  support::FixedRandom random(2);
  std::vector<Waiter> waiters(8);
  for (int step = 0; step < 100'000; ++step) {
    auto& one = waiters[random.below(8)];
    switch (random.below(4)) {
      case 0:
        wheel.arm(one, now + std::chrono::milliseconds(random.below(step % 2 ? 2'000 : 900'000)));
        break;
      case 1:
        one.unlink();
        break;
      case 2:
        now += std::chrono::milliseconds(random.below(step % 3 ? 500 : 400'000));
        wheel.expire(now, [](TimerLink&) {});
        break;
      default:
        const auto timeout = wheel.poll_timeout();
        for (const auto& waiter : waiters) {
          if (!waiter.is_linked()) continue;
          ASSERT_TRUE(timeout);
          ASSERT_LE(*timeout, waiter.deadline() + TimerWheel::kTick);
        }
        EXPECT_TRUE(!timeout || *timeout > now);
    }
  }
}

TEST(TimerWheelEndTest, WheelMayDieBeforeItsLinks) {
  Waiter a;
  {
    TimerWheel wheel{TimePoint(1h)};
    wheel.arm(a, TimePoint(2h));
  }
  EXPECT_FALSE(a.is_linked());
}

}  // namespace
}  // namespace base

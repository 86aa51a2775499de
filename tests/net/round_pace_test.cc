#include "net/round_pace.h"

#include <gtest/gtest.h>

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr RoundPace::Options kOptions{.pause = 500us, .busy_within = 400us, .busy_rounds = 3};

// A loop of which each round takes as long as told, waiting included.
class RoundPaceTest : public ::testing::Test {
 protected:
  std::chrono::nanoseconds pause_after(std::chrono::nanoseconds round) {
    const auto began = now_;
    now_ += round;
    const auto pause = pace_.pause_after(began, now_);
    now_ += pause;
    return pause;
  }

  RoundPace pace_{kOptions};
  base::TimePoint now_{1h};
};

TEST_F(RoundPaceTest, ALoopThatIsSeldomWokenNeverPauses) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pause_after(400us), 0us);
}

TEST_F(RoundPaceTest, TheFirstOfABurstAreNotLate) {
  EXPECT_EQ(pause_after(10us), 0us);
  EXPECT_EQ(pause_after(10us), 0us);
  EXPECT_EQ(pause_after(10us), 500us);
  EXPECT_EQ(pause_after(10us), 500us);
}

TEST_F(RoundPaceTest, AQuietRoundEndsThePauses) {
  for (int i = 0; i < 100; ++i) (void)pause_after(10us);
  EXPECT_EQ(pause_after(1ms), 0us);
  EXPECT_EQ(pause_after(10us), 0us);
  EXPECT_EQ(pause_after(10us), 500us);
}

TEST_F(RoundPaceTest, RoundsThatAreFullOfWorkNeedNoPause) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pause_after(2ms), 0us);
}

}  // namespace
}  // namespace net

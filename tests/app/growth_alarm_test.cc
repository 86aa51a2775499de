#include "app/growth_alarm.h"

#include <gtest/gtest.h>

namespace app {
namespace {

using namespace std::chrono_literals;

TEST(GrowthAlarmTest, TellsOfTheFirstGrowthAtOnceAndThenOnceAMinute) {
  GrowthAlarm alarm;
  const base::TimePoint start{};
  EXPECT_EQ(alarm.look(start, 0), std::nullopt);
  EXPECT_EQ(alarm.look(start + 2s, 3), 3u);
  EXPECT_EQ(alarm.look(start + 4s, 10), std::nullopt);
  EXPECT_EQ(alarm.look(start + 61s, 20), std::nullopt);
  EXPECT_EQ(alarm.look(start + 62s, 25), 22u);
}

TEST(GrowthAlarmTest, SaysNothingWithoutGrowthAndForgetsNothingMeanwhile) {
  GrowthAlarm alarm;
  const base::TimePoint start{};
  EXPECT_EQ(alarm.look(start, 1), 1u);
  EXPECT_EQ(alarm.look(start + 30s, 2), std::nullopt);
  EXPECT_EQ(alarm.look(start + 90s, 2), 1u);
  EXPECT_EQ(alarm.look(start + 600s, 2), std::nullopt);
}

}  // namespace
}  // namespace app

#include "bench/generator/schedule.h"

#include <gtest/gtest.h>

namespace bench::generator {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kStart{5s};

TEST(ScheduleTest, BurstsAreAtEqualDistancesAndEndInTime) {
  Schedule schedule(kStart, kStart + 1s, 4);
  for (int i = 0; i < 4; ++i, schedule.advance()) {
    ASSERT_FALSE(schedule.is_over());
    EXPECT_EQ(schedule.due(), kStart + i * 250ms);
  }
  EXPECT_TRUE(schedule.is_over());
  EXPECT_EQ(schedule.begun(), 4U);
}

TEST(ScheduleTest, ARateThatDoesNotDivideASecondDoesNotDrift) {
  constexpr int kRate = 30'007;
  Schedule schedule(kStart, kStart + 1h, kRate);
  for (int i = 0; i < kRate * 60; ++i) schedule.advance();
  EXPECT_LT(std::chrono::abs(schedule.due() - (kStart + 60s)), 1us);
}

}  // namespace
}  // namespace bench::generator

#include "app/config/duration.h"

#include <gmock/gmock.h>

namespace app {
namespace {

using std::chrono::seconds;

struct DurationText {
  const char* text;
  int64_t seconds;
};
class ValidDurationTest : public testing::TestWithParam<DurationText> {};

TEST_P(ValidDurationTest, IsReadAsItsSeconds) {
  EXPECT_EQ(parse_duration(GetParam().text), seconds{GetParam().seconds});
}

INSTANTIATE_TEST_SUITE_P(Texts, ValidDurationTest,
                         testing::Values(DurationText{"0", 0}, DurationText{"3600", 3600},
                                         DurationText{"90s", 90}, DurationText{"1h", 3600},
                                         DurationText{"1h30m", 5400}, DurationText{"1d2h3m4s", 93784},
                                         DurationText{"90m", 5400}, DurationText{"3650d", 315360000}));

class InvalidDurationTest : public testing::TestWithParam<const char*> {};

TEST_P(InvalidDurationTest, IsRefused) { EXPECT_EQ(parse_duration(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, InvalidDurationTest,
                         testing::Values("", "h", "1x", "1h30", "30m1h", "1h1h", "-1", "-1s", "+1s", " 1s",
                                         "1 s", "1.5h", "3651d", "3650d1s", "99999999999999999999s",
                                         "10000000000d"));

TEST(DurationTest, WhatIsWrittenIsReadBack) {
  for (const int64_t count : {0, 1, 59, 60, 61, 3599, 3600, 5400, 86400, 90061, 315360000}) {
    EXPECT_EQ(parse_duration(format_duration(seconds{count})), seconds{count})
        << format_duration(seconds{count});
  }
}

TEST(DurationTest, IsWrittenWithoutEmptyUnitsAndWithoutDays) {
  EXPECT_EQ(format_duration(seconds{0}), "0s");
  EXPECT_EQ(format_duration(seconds{5400}), "1h30m");
  EXPECT_EQ(format_duration(seconds{86400}), "24h");
}

}  // namespace
}  // namespace app

#include "app/http_refusals.h"

#include <gtest/gtest.h>

namespace app {
namespace {

using namespace std::chrono_literals;

const auto kOne = base::IpAddress::v4(0xc0000201);
const auto kOther = base::IpAddress::v4(0xc0000202);

TEST(HttpRefusalsTest, TheFirstIsToldAtOnceAndTheRestTogether) {
  HttpRefusals refusals;
  const base::TimePoint start{1h};
  EXPECT_FALSE(refusals.due());
  EXPECT_FALSE(refusals.look(start));
  refusals.note(kOne, 431, "too large");
  EXPECT_TRUE(refusals.due());
  const auto first = refusals.look(start);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->refused, 1u);
  EXPECT_EQ(first->source, kOne);
  EXPECT_EQ(first->status, 431);
  EXPECT_EQ(first->reason, "too large");
  for (int i = 0; i < 3; ++i) refusals.note(kOne, 400, "broken");
  for (int i = 0; i < 4; ++i) refusals.note(kOther, 429, "too many");
  EXPECT_EQ(refusals.due(), start + 60s);
  EXPECT_FALSE(refusals.look(start + 59s));
  const auto second = refusals.look(start + 60s);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->refused, 7u);
  EXPECT_EQ(second->source, kOther);
  EXPECT_EQ(second->of_source, 4u);
  EXPECT_EQ(second->reason, "too many");
  EXPECT_FALSE(refusals.due());
}

TEST(HttpRefusalsTest, MoreSourcesThanAreNamedAreCounted) {
  HttpRefusals refusals;
  for (uint32_t i = 0; i < 10'000; ++i) refusals.note(base::IpAddress::v4(i), 400, "broken");
  EXPECT_EQ(refusals.look(base::TimePoint{1h})->refused, 10'000u);
}

}  // namespace
}  // namespace app

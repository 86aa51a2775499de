#include "relay/refused_sources.h"

#include <gmock/gmock.h>

namespace relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

base::IpAddress source(uint32_t number) { return base::IpAddress::v4(0xc6336400 + number); }

TEST(RefusedSourcesTest, TheMostRefusedComesFirstAndTakingBeginsAnew) {
  RefusedSources refused;
  refused.add(source(1));
  for (int i = 0; i < 3; ++i) refused.add(source(2));
  EXPECT_THAT(refused.take(), ElementsAre(RefusedSource{source(2), 3}, RefusedSource{source(1), 1}));
  EXPECT_THAT(refused.take(), IsEmpty());
}

TEST(RefusedSourcesTest, TheNoisyOneStaysInAFloodOfSourcesThatComeOnce) {
  RefusedSources refused;
  for (uint32_t i = 0; i < 10'000; ++i) {
    refused.add(source(0));
    refused.add(base::IpAddress::v6(i, i));
  }
  const auto taken = refused.take();
  ASSERT_FALSE(taken.empty());
  EXPECT_EQ(taken[0].source, source(0));
  EXPECT_LE(taken[0].refusals, 10'000u);
  EXPECT_GE(taken[0].refusals, 10'000u - 20'000u / (RefusedSources::kSlots + 1));
}

TEST(RefusedSourcesTest, HoldsNoMoreThanItsSlots) {
  RefusedSources refused;
  for (uint32_t i = 0; i < 1000; ++i) refused.add(source(i));
  EXPECT_LE(refused.take().size(), RefusedSources::kSlots);
}

}  // namespace
}  // namespace relay

#include "bench/generator/flow_tally.h"

#include <gtest/gtest.h>

#include <vector>

namespace bench::generator {
namespace {

struct TallyCase {
  const char* name;
  std::vector<uint64_t> received;
  uint64_t delivered, reordered, duplicates;
};

class FlowTallyTest : public testing::TestWithParam<TallyCase> {};

TEST_P(FlowTallyTest, Counts) {
  FlowTally tally;
  for (const auto sequence : GetParam().received) tally.receive(sequence);
  EXPECT_EQ(tally.delivered(), GetParam().delivered);
  EXPECT_EQ(tally.reordered(), GetParam().reordered);
  EXPECT_EQ(tally.duplicates(), GetParam().duplicates);
}

INSTANTIATE_TEST_SUITE_P(
    All, FlowTallyTest,
    testing::Values(TallyCase{"nothing", {}, 0, 0, 0}, TallyCase{"in order", {0, 1, 2, 3}, 4, 0, 0},
                    TallyCase{"a gap", {0, 1, 5}, 3, 0, 0}, TallyCase{"the first are lost", {7, 8}, 2, 0, 0},
                    TallyCase{"two swapped", {0, 2, 1, 3}, 4, 1, 0},
                    TallyCase{"the same at once", {0, 1, 1, 2}, 3, 0, 1},
                    TallyCase{"the same later", {0, 1, 2, 3, 1}, 4, 0, 1},
                    TallyCase{"late and again", {0, 2, 1, 1}, 3, 1, 1},
                    TallyCase{"a gap at the window's edge, filled", {0, 63, 0}, 2, 0, 1},
                    TallyCase{"a gap beyond the window, filled", {0, 70, 1}, 3, 1, 0},
                    TallyCase{"a leap of more than the window forgets", {0, 1000, 1000, 999}, 3, 1, 1}),
    [](const auto& tested) {
      std::string name = tested.param.name;
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

}  // namespace
}  // namespace bench::generator

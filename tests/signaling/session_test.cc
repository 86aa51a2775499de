#include "signaling/session.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/fixed_random.h"

namespace signaling {
namespace {

TEST(PairSequencesTest, CountForEachSenderHoweverTheyTakeTurns) {
  support::FixedRandom random(4);
  PairSequences sequences;
  std::map<PeerId, uint64_t> model;
  for (int i = 0; i < 10'000; ++i) {
    const PeerId sender{1 + static_cast<int64_t>(random.below(i % 2 ? 2 : 20))};
    ASSERT_EQ(sequences.next(sender), ++model[sender]);
  }
  sequences.clear();
  for (const auto& [sender, seq] : model) EXPECT_EQ(sequences.next(sender), 1);
}

}  // namespace
}  // namespace signaling

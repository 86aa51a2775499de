#include "base/hash_index.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/support/fixed_random.h"

namespace base {
namespace {

struct Thing {
  uint64_t key = 0;
};

struct Index : HashIndex<Thing> {
  Thing* of(uint64_t hash, uint64_t key) const {
    return find(hash, [&](const Thing& thing) { return thing.key == key; });
  }
};

TEST(HashIndexTest, FindsWhatWasInsertedAndNothingElse) {
  Index index;
  Thing one{1};
  EXPECT_EQ(index.of(7, 1), nullptr);
  index.insert(7, one);
  EXPECT_EQ(index.of(7, 1), &one);
  EXPECT_EQ(index.of(8, 1), nullptr);
  EXPECT_EQ(index.of(7, 2), nullptr);  // same hash, another key
  index.erase(8, one);
  EXPECT_EQ(index.size(), 1u);
  index.erase(7, one);
  EXPECT_EQ(index.of(7, 1), nullptr);
  EXPECT_EQ(index.size(), 0u);
}

TEST(HashIndexTest, OneObjectMayStandUnderSeveralHashes) {
  Index index;
  Thing one{1};
  for (uint64_t hash = 0; hash < 4; ++hash) index.insert(hash, one);
  index.erase(2, one);
  EXPECT_EQ(index.of(2, 1), nullptr);
  for (const uint64_t hash : {0u, 1u, 3u}) EXPECT_EQ(index.of(hash, 1), &one);
}

// Hashes of few bits collide all the time, of many never: both must agree with the model.
TEST(HashIndexTest, AgreesWithAMapThroughGrowthAndChurn) {
  for (const uint64_t hashes : {1u, 3u, 64u, 1'000'003u}) {
    support::FixedRandom random(hashes);
    Index index;
    std::map<uint64_t, std::unique_ptr<Thing>> model;
    const auto hash_of = [&](uint64_t key) { return key * 0x9e3779b97f4a7c15 % hashes; };
    for (int i = 0; i < 20'000; ++i) {
      const uint64_t key = random.below(300);
      auto& thing = model[key];
      if (!thing) {
        thing = std::make_unique<Thing>(key);
        index.insert(hash_of(key), *thing);
      } else if (random.below(2)) {
        index.erase(hash_of(key), *thing);
        thing.reset();
      }
      if (!thing) model.erase(key);
      ASSERT_EQ(index.size(), model.size());
      const uint64_t probe = random.below(300);
      const auto found = model.find(probe);
      ASSERT_EQ(index.of(hash_of(probe), probe), found == model.end() ? nullptr : found->second.get());
    }
  }
}

}  // namespace
}  // namespace base

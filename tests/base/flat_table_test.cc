#include "base/flat_table.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/fixed_random.h"

namespace base {
namespace {

struct Key {
  uint64_t word = 0;
  [[nodiscard]] std::array<uint64_t, 1> words() const { return {word}; }
  bool operator==(const Key&) const = default;
};

TEST(FlatTableTest, FindsWhatWasInsertedAndNothingElse) {
  FlatTable<Key, int> table(HashSeed{});
  EXPECT_EQ(table.find({1}), nullptr);
  EXPECT_TRUE(table.insert({1}, 10));
  EXPECT_FALSE(table.insert({1}, 11));  // the first stays
  EXPECT_EQ(*table.find({1}), 10);
  EXPECT_EQ(table.find({2}), nullptr);
  EXPECT_TRUE(table.erase({1}));
  EXPECT_FALSE(table.erase({1}));
  EXPECT_EQ(table.size(), 0u);
}

TEST(FlatTableTest, AgreesWithAMapThroughGrowthAndChurn) {
  for (const uint64_t keys : {8u, 100u, 5000u}) {
    support::FixedRandom random(keys);
    FlatTable<Key, uint64_t> table(HashSeed{{random.next() | 1, random.next() | 1}});
    std::map<uint64_t, uint64_t> model;
    for (int i = 0; i < 50'000; ++i) {
      const Key key{random.below(keys)};
      if (random.below(2)) {
        ASSERT_EQ(table.insert(key, uint64_t(i)), model.emplace(key.word, i).second);
      } else {
        ASSERT_EQ(table.erase(key), model.erase(key.word) == 1);
      }
      ASSERT_EQ(table.size(), model.size());
      const Key probe{random.below(keys)};
      const auto found = model.find(probe.word);
      const auto* value = table.find(probe);
      ASSERT_EQ(value != nullptr, found != model.end());
      ASSERT_TRUE(!value || *value == found->second);
    }
  }
}

TEST(FlatTableTest, FullOfCollisionsItStillFindsAll) {  // no tombstones: every erase closes the gap
  struct Colliding : Key {
    [[nodiscard]] std::array<uint64_t, 1> words() const { return {word % 3}; }
  };
  FlatTable<Colliding, uint64_t> table(HashSeed{});
  for (uint64_t i = 0; i < 200; ++i) table.insert({{i}}, i);
  for (uint64_t i = 0; i < 200; i += 2) EXPECT_TRUE(table.erase({{i}}));
  for (uint64_t i = 0; i < 200; ++i) EXPECT_EQ(table.find({{i}}) != nullptr, i % 2 == 1);
}

TEST(HashSeedTest, EveryWordAndEverySeedCounts) {
  const HashSeed one, other{{5, 7}};
  const std::array<uint64_t, 3> key{1, 2, 3};
  for (size_t i = 0; i < key.size(); ++i) {
    auto changed = key;
    changed[i] ^= 1;
    EXPECT_NE(one.hash(key), one.hash(changed));
  }
  EXPECT_NE(one.hash(key), other.hash(key));
}

TEST(HashSeedTest, NeighbouringAddressesSpreadOverBuckets) {
  const HashSeed seed{{0x1234567890abcdef, 0xfedcba0987654321}};
  std::array<int, 256> buckets{};
  for (uint64_t i = 0; i < 25'600; ++i) {
    const std::array<uint64_t, 5> tuple{0, 0xc6336401, 0, 0xc63364fe,
                                        i << 48 | uint64_t{3478} << 32 | 0x10100};
    ++buckets[seed.hash(tuple) & 255];
  }
  for (const int count : buckets) EXPECT_LT(count, 200);
}

}  // namespace
}  // namespace base

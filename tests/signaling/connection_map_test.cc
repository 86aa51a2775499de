#include "signaling/connection_map.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/support/fixed_random.h"

namespace signaling {
namespace {

TEST(ConnectionMapTest, FindsWhatWasPutUnderTheWholeNameOnly) {
  ConnectionMap<int> map;
  int owner = 1;
  const ConnectionId here{uint64_t{7} << 32 | 3}, later_there{uint64_t{8} << 32 | 3};
  EXPECT_EQ(map.find(here), nullptr);
  map.put(here, owner);
  EXPECT_EQ(map.find(here), &owner);
  EXPECT_EQ(map.find(later_there), nullptr);
  EXPECT_FALSE(map.erase(later_there));
  EXPECT_TRUE(map.erase(here));
  EXPECT_FALSE(map.erase(here));
  EXPECT_EQ(map.find(here), nullptr);
}

TEST(ConnectionNamesTest, GiveOutLowPlacesAgainAndNoNameTwice) {
  ConnectionNames names;
  const auto first = names.take(), second = names.take();
  EXPECT_EQ(place_of(first), 0);
  EXPECT_EQ(place_of(second), 1);
  names.give_back(first);
  const auto third = names.take();
  EXPECT_EQ(place_of(third), 0);
  EXPECT_NE(third, first);
}

TEST(ConnectionNamesTest, TogetherWithTheMapAgreeWithAnOrdinaryOne) {
  support::FixedRandom random(3);
  ConnectionNames names;
  ConnectionMap<int> map;
  std::map<ConnectionId, int*> model;
  std::vector<ConnectionId> gone;
  std::vector<int> owners(16);
  for (int step = 0; step < 20'000; ++step) {
    if (model.size() < 8 || (model.size() < 64 && random.below(2) == 0)) {
      const auto name = names.take();
      EXPECT_LT(place_of(name), 64);
      int& owner = owners[random.below(16)];
      ASSERT_TRUE(model.emplace(name, &owner).second);
      map.put(name, owner);
    } else {
      const auto one =
          std::next(model.begin(), static_cast<ptrdiff_t>(random.below(static_cast<uint32_t>(model.size()))));
      EXPECT_TRUE(map.erase(one->first));
      names.give_back(one->first);
      gone.push_back(one->first);
      model.erase(one);
    }
    ASSERT_EQ(map.size(), model.size());
    for (const auto& [name, owner] : model) ASSERT_EQ(map.find(name), owner);
    ASSERT_EQ(gone.empty() ? nullptr : map.find(gone[random.below(static_cast<uint32_t>(gone.size()))]),
              nullptr);
  }
}

}  // namespace
}  // namespace signaling

#include "storage/current_users.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace storage {
namespace {

std::shared_ptr<const UserSnapshot> snapshot_of(uint64_t revision) {
  return std::make_shared<const UserSnapshot>(revision, std::vector<User>{});
}

TEST(CurrentUsersTest, StartsEmptyNotNull) {
  const CurrentUsers users;
  ASSERT_NE(users.load(), nullptr);
  EXPECT_TRUE(users.load()->users().empty());
}

TEST(CurrentUsersTest, OnlyANewerSnapshotTakesThePlace) {
  CurrentUsers users;
  EXPECT_TRUE(users.publish(snapshot_of(5)));
  EXPECT_FALSE(users.publish(snapshot_of(5)));
  EXPECT_FALSE(users.publish(snapshot_of(4)));
  EXPECT_EQ(users.load()->revision(), 5u);
  EXPECT_EQ(users.revision(), 5u);
}

TEST(CurrentUsersTest, SnapshotInHandOutlivesItsSuccessor) {
  CurrentUsers users;
  users.publish(snapshot_of(1));
  const auto held = users.load();
  users.publish(snapshot_of(2));
  EXPECT_EQ(held->revision(), 1u);
}

TEST(CurrentUsersTest, ReaderFollowsOnItsNextLook) {
  CurrentUsers users;
  UserReader reader(users);
  EXPECT_EQ(reader.current().revision(), 0u);
  users.publish(snapshot_of(3));
  EXPECT_EQ(reader.current().revision(), 3u);
}

TEST(CurrentUsersTest, ReadersOnOtherThreadsNeverGoBack) {
  constexpr uint64_t kLast = 2000;
  CurrentUsers users;
  std::vector<int> steps_back(2);
  {
    std::vector<std::jthread> threads;
    for (int& back : steps_back)
      threads.emplace_back([&users, &back] {
        UserReader reader(users);
        for (uint64_t seen = 0; seen < kLast;) {
          const uint64_t now = reader.current().revision();
          back += now < seen;
          seen = now;
        }
      });
    for (uint64_t revision = 1; revision <= kLast; ++revision) users.publish(snapshot_of(revision));
  }
  EXPECT_EQ(steps_back, (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace storage

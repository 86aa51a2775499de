#include "storage/user_snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/storage/support.h"

namespace storage {
namespace {

UserSnapshot snapshot_of(std::vector<std::string> names) {
  std::ranges::sort(names);
  std::vector<User> users;
  for (const auto& name : names)
    users.push_back({.name = name, .keys = keys_of(name), .created_at = kNow, .updated_at = kNow});
  return {1, std::move(users)};
}

TEST(UserSnapshotTest, FindsEveryUserByNameAndByUserhash) {
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("user" + std::to_string(i));
  const auto snapshot = snapshot_of(names);
  for (const auto& name : names) {
    const User* by_name = snapshot.find(name);
    ASSERT_NE(by_name, nullptr) << name;
    EXPECT_EQ(by_name->name, name);
    EXPECT_EQ(snapshot.find(keys_of(name).userhash), by_name);
  }
}

TEST(UserSnapshotTest, UnknownNamesAndHashesAreNull) {
  const auto snapshot = snapshot_of({"alice", "bob"});
  for (const std::string_view name : {"", "a", "alic", "alicee", "Alice", "zoe", "\xff"})
    EXPECT_EQ(snapshot.find(name), nullptr) << name;
  EXPECT_EQ(snapshot.find(std::string_view("alice\0", 6)), nullptr);
  EXPECT_EQ(snapshot.find(keys_of("carol").userhash), nullptr);
  EXPECT_EQ(snapshot.find(UserHash{}), nullptr);
}

TEST(UserSnapshotTest, EmptySnapshotKnowsNobody) {
  const UserSnapshot snapshot;
  EXPECT_EQ(snapshot.find("alice"), nullptr);
  EXPECT_EQ(snapshot.find(UserHash{}), nullptr);
  EXPECT_EQ(snapshot.revision(), 0u);
}

}  // namespace
}  // namespace storage

#include "storage/users.h"

#include <gmock/gmock.h>

#include "storage/database.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::Not;

MATCHER_P(FailsWith, fault, "") { return !arg && arg.error().fault == fault; }

class UsersTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  Connection connection_ = must(open_database(directory_.path()));
};

TEST_F(UsersTest, AddedUserIsListedWithKeysAndTimes) {
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
  const User expected{.name = "alice", .keys = keys_of("alice"), .created_at = kNow, .updated_at = kNow};
  EXPECT_THAT(must(list_users(connection_)), testing::ElementsAre(expected));
}

TEST_F(UsersTest, UsersAreListedInTheOrderOfTheirOctets) {
  for (const std::string name : {"b", "ä", "B", "a", "aa"})
    must(add_user(connection_, name, keys_of(name), kNow));
  std::vector<std::string> names;
  for (const User& user : must(list_users(connection_))) names.push_back(user.name);
  EXPECT_THAT(names, testing::ElementsAre("B", "a", "aa", "b", "ä"));
}

TEST_F(UsersTest, SecondUserOfANameIsAConflictAndTheFirstStays) {
  must(add_user(connection_, "alice", keys_of("old"), kNow));
  const auto added = add_user(connection_, "alice", keys_of("new"), kNow);
  ASSERT_THAT(added, FailsWith(Fault::kConflict));
  EXPECT_THAT(added.error().text, testing::HasSubstr("icebox user passwd"));
  EXPECT_EQ(must(list_users(connection_)).front().keys, keys_of("old"));
}

TEST_F(UsersTest, UserhashOfAnotherIsAConflict) {
  must(add_user(connection_, "a:b", keys_of("same"), kNow));
  EXPECT_THAT(add_user(connection_, "a", keys_of("same"), kNow), FailsWith(Fault::kConflict));
}

TEST_F(UsersTest, NewPasswordReplacesKeysAndKeepsTheDateOfBirth) {
  must(add_user(connection_, "alice", keys_of("old"), kNow));
  must(set_password(connection_, "alice", keys_of("new"), kNow + 60s));
  const auto user = must(list_users(connection_)).front();
  EXPECT_EQ(user.keys, keys_of("new"));
  EXPECT_EQ(user.created_at, kNow);
  EXPECT_EQ(user.updated_at, kNow + 60s);
}

TEST_F(UsersTest, WhoIsNotThereCannotBeChangedOrRemoved) {
  EXPECT_THAT(set_password(connection_, "nobody", keys_of("x"), kNow), FailsWith(Fault::kNotFound));
  EXPECT_THAT(remove_user(connection_, "nobody"), FailsWith(Fault::kNotFound));
}

TEST_F(UsersTest, RemovedUserMayBeAddedAgain) {
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
  must(remove_user(connection_, "alice"));
  EXPECT_TRUE(must(list_users(connection_)).empty());
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
}

TEST_F(UsersTest, NamesOutsideTheirBoundsAreRefused) {
  for (const std::string& name : {std::string(), std::string(509, 'x'), std::string("alice\0admin", 11)})
    EXPECT_THAT(add_user(connection_, name, keys_of("x"), kNow), FailsWith(Fault::kInvalid));
  must(add_user(connection_, std::string(508, 'x'), keys_of("x"), kNow));
}

TEST_F(UsersTest, RealmsOutsideTheirBoundsAreRefused) {
  for (const std::string& realm : {std::string(764, 'x'), std::string("a\0b", 3)}) {
    auto keys = keys_of("x");
    keys.realm = realm;
    EXPECT_THAT(add_user(connection_, "alice", keys, kNow), FailsWith(Fault::kInvalid));
    EXPECT_THAT(set_password(connection_, "alice", keys, kNow), FailsWith(Fault::kInvalid));
  }
}

TEST_F(UsersTest, ErrorsTellNoStoredName) {
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
  EXPECT_THAT(add_user(connection_, "alice", keys_of("b"), kNow).error().text,
              Not(testing::HasSubstr("alice")));
}

TEST_F(UsersTest, EveryChangeRaisesTheRevisionAndNothingElseDoes) {
  const auto start = must(read_user_revision(connection_));
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
  must(set_password(connection_, "alice", keys_of("new"), kNow));
  must(remove_user(connection_, "alice"));
  EXPECT_EQ(must(read_user_revision(connection_)), start + 3);
  EXPECT_FALSE(remove_user(connection_, "alice"));
  EXPECT_EQ(must(read_user_revision(connection_)), start + 3);
}

TEST_F(UsersTest, SnapshotHoldsAllUsersAndTheirRevision) {
  must(add_user(connection_, "alice", keys_of("alice"), kNow));
  const auto snapshot = must(load_user_snapshot(connection_));
  EXPECT_EQ(snapshot->find("alice")->keys, keys_of("alice"));
  EXPECT_EQ(snapshot->revision(), must(read_user_revision(connection_)));
  EXPECT_FALSE(connection_.in_transaction());
}

class HostileNameTest : public UsersTest, public testing::WithParamInterface<const char*> {};

TEST_P(HostileNameTest, IsANameLikeAnyOther) {
  const std::string name = GetParam();
  must(add_user(connection_, "bystander", keys_of("bystander"), kNow));
  must(add_user(connection_, name, keys_of(name), kNow));
  const auto snapshot = must(load_user_snapshot(connection_));
  ASSERT_NE(snapshot->find(name), nullptr);
  EXPECT_EQ(snapshot->find(name)->keys, keys_of(name));
  must(set_password(connection_, name, keys_of("new"), kNow));
  must(remove_user(connection_, name));
  EXPECT_EQ(must(list_users(connection_)).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Names, HostileNameTest,
                         testing::Values("'\";--%n", "x'); DROP TABLE users; --", "' OR '1'='1", "%s%s%n",
                                         "?1", ":name", "*", "\\", "a%00b", "\xff\xfe not UTF-8", "a\nb",
                                         "NULL"));

}  // namespace
}  // namespace storage

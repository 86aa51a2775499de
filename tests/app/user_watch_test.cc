#include "app/user_watch.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace app {
namespace {

using enum UserChange::Kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Configured = std::vector<std::string>;

constexpr const char* kRealm = "test.example.org";

storage::User stored(const std::string& name, int created_at = 1, const std::string& password = "secret",
                     const std::string& realm = kRealm) {
  const auto keys = stun::derive_long_term_keys(name, realm, password);
  storage::User user;
  user.name = name;
  user.keys = {realm, keys.md5, keys.sha256, stun::userhash(name, realm)};
  user.created_at = base::WallTime{std::chrono::seconds(created_at)};
  return user;
}

KnownUsers users(const Configured& configured, std::vector<storage::User> in_database,
                 const std::string& password = "configured") {
  auto settings = std::make_shared<AuthSettings>();
  settings->realm = kRealm;
  for (const auto& name : configured)
    settings->users[name] = stun::derive_long_term_keys(name, kRealm, password);
  std::ranges::sort(in_database, {}, &storage::User::name);
  static uint64_t revision = 0;
  return {settings, std::make_shared<const storage::UserSnapshot>(++revision, std::move(in_database))};
}

TEST(UserWatchTest, NothingChangedIsNoChange) {
  EXPECT_THAT(compare(users({"carol"}, {stored("alice")}), users({"carol"}, {stored("alice")})), IsEmpty());
}

TEST(UserWatchTest, AddedRemovedAndChangedInEitherPlace) {
  EXPECT_THAT(compare(users({"carol", "dave"}, {stored("alice"), stored("bob")}),
                      users({"carol", "erin"}, {stored("bob", 1, "other"), stored("frank")})),
              UnorderedElementsAre(UserChange{kRemoved, "alice"}, UserChange{kRemoved, "dave"},
                                   UserChange{kNewPassword, "bob"}, UserChange{kAdded, "erin"},
                                   UserChange{kAdded, "frank"}));
  EXPECT_THAT(compare(users({"carol"}, {}), users({"carol"}, {}, "new")),
              ElementsAre(UserChange{kNewPassword, "carol"}));
}

TEST(UserWatchTest, RemovalsComeFirst) {
  const auto changes = compare(users({}, {stored("zoe")}), users({}, {stored("alice")}));
  EXPECT_THAT(changes, ElementsAre(UserChange{kRemoved, "zoe"}, UserChange{kAdded, "alice"}));
}

TEST(UserWatchTest, WhoWasRemovedAndAddedBetweenTwoLooksIsBoth) {
  EXPECT_THAT(compare(users({}, {stored("alice", 1)}), users({}, {stored("alice", 2)})),
              ElementsAre(UserChange{kRemoved, "alice"}, UserChange{kAdded, "alice"}));
}

TEST(UserWatchTest, WhoStaysInTheOtherPlaceIsNotRemoved) {
  EXPECT_THAT(compare(users({"alice"}, {stored("alice")}), users({}, {stored("alice")})),
              ElementsAre(UserChange{kNewPassword, "alice"}));
  EXPECT_THAT(compare(users({"alice"}, {stored("alice")}), users({"alice"}, {})), IsEmpty());
}

TEST(UserWatchTest, UsersOfAnotherRealmCannotComeInAndDoNotCount) {
  EXPECT_THAT(compare(users({}, {}), users({}, {stored("alice", 1, "secret", "old realm")})), IsEmpty());
}

relay::SessionInfo session(const std::string& user, const std::string& username) {
  return {.id = 1, .user = user, .username = username};
}

TEST(UserWatchTest, ARestCredentialInAUsersNameIsNoSessionOfTheUser) {
  const std::set<std::string, std::less<>> gone{"alice", "J\u00fcrgen X"};
  EXPECT_TRUE(is_session_of(gone, session("alice", "alice")));
  EXPECT_FALSE(is_session_of(gone, session("alice", "1795254571:alice")));
  EXPECT_FALSE(is_session_of(gone, session("bob", "bob")));
  // As the client spelt it: another composition and another space, the same user.
  EXPECT_TRUE(is_session_of(gone, session("J\u00fcrgen X", "Ju\u0308rgen\u00a0X")));
}

TEST(UserWatchTest, SessionsOfAPeerEndWithTheTokenThatTheyWereBegunBy) {
  constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
  const storage::AccountId ann{1};
  const storage::PeerId laptop{12};
  const storage::TokenHash lasting{1};
  const storage::TokenHash ending{2};
  const storage::TokenHash revoked{3};
  const storage::PeerSnapshot peers(
      1, {{.id = ann, .name = "ann"}},
      {{.id = laptop, .account = ann, .name = "laptop", .verified_at = kNow}},
      {{.hash = lasting, .holder = laptop}, {.hash = ending, .holder = laptop, .expires_at = kNow}});
  const auto is_over_with = [&](const signaling::TokenHash& token) {
    const auto begun = session("ibx-peer-12", "1795254571:" + hub::turn_name_of(12, token));
    return is_over(12, begun, peers, kNow, false);
  };
  EXPECT_FALSE(is_over_with(lasting));
  EXPECT_TRUE(is_over_with(ending));
  EXPECT_TRUE(is_over_with(revoked));
  for (const bool takes_claims : {false, true}) {
    EXPECT_TRUE(is_over(12, session("ibx-peer-12", "1795254571:ibx-peer-12"), peers, kNow, takes_claims))
        << "by a claim, of a peer that has a token";
  }
  EXPECT_TRUE(is_over(12, session("ibx-peer-12", "ibx-peer-12"), peers, kNow, false)) << "by what is unknown";
  EXPECT_FALSE(is_over(12, session("ibx-peer-1", "1795254571:ibx-peer-1"), peers, kNow, false))
      << "another peer's";
  EXPECT_TRUE(is_over(13, session("ibx-peer-13", "1795254571:ibx-peer-13"), peers, kNow, false))
      << "it was removed";
}

TEST(UserWatchTest, SessionsOfAClaimEndWithIt) {
  constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
  const auto snapshot = [&](bool legacy) {
    return storage::PeerSnapshot(1, {{.id = storage::AccountId{1}, .name = "ann"}},
                                 {{.id = storage::PeerId{12},
                                   .account = storage::AccountId{1},
                                   .name = "old",
                                   .verified_at = kNow,
                                   .legacy = legacy}},
                                 {});
  };
  const auto begun = session("ibx-peer-12", "1795254571:ibx-peer-12");
  EXPECT_FALSE(is_over(12, begun, snapshot(true), kNow, /*takes_claims=*/true));
  EXPECT_TRUE(is_over(12, begun, snapshot(true), kNow, /*takes_claims=*/false));
  EXPECT_TRUE(is_over(12, begun, snapshot(false), kNow, /*takes_claims=*/true)) << "it has had a token since";
}

// The storage thread publishes what another process wrote: a user may come, begin a session and go between
// two looks, and no comparison of the two has a trace of it.
TEST(UserWatchTest, SessionsOfAUserWhoCameAndWentBetweenTwoLooksAreOrphans) {
  const auto before = users({"carol"}, {stored("alice")});
  const auto after = users({"carol"}, {stored("alice")});
  EXPECT_THAT(compare(before, after), IsEmpty());
  EXPECT_TRUE(is_orphan(after, session("erin", "erin")));
  EXPECT_TRUE(is_orphan(after, session("J\u00f6rg", "Jo\u0308rg")));
  EXPECT_FALSE(is_orphan(after, session("alice", "alice")));
  EXPECT_FALSE(is_orphan(after, session("carol", "carol")));
}

TEST(UserWatchTest, SessionsOfRestCredentialsAreNobodysOrphans) {
  const auto now = users({"carol"}, {stored("alice")});
  EXPECT_FALSE(is_orphan(now, session("erin", "1900000000:erin")));
  EXPECT_FALSE(is_orphan(now, session("1900000000", "1900000000")));
  EXPECT_FALSE(is_orphan(now, session("ibx-peer-1", "1900000000:ibx-peer-1-0123456789abcdef")));
}

TEST(UserWatchTest, AKeyOfAnotherRealmMakesNoUser) {
  EXPECT_TRUE(is_orphan(users({}, {stored("erin", 1, "secret", "elsewhere")}), session("erin", "erin")));
}

}  // namespace
}  // namespace app

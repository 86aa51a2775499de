#include "storage/store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "storage/accounts.h"
#include "storage/meta.h"
#include "storage/peers.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

Job adding(std::string name) {
  return [name = std::move(name)](Connection& connection) {
    return add_user(connection, name, keys_of(name), kNow);
  };
}

class StoreTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
};

TEST_F(StoreTest, KnowsTheUsersFromTheStart) {
  auto connection = must(open_database(directory_.path()));
  must(add_user(connection, "alice", keys_of("alice"), kNow));
  const auto store = must(Store::open(directory_.path()));
  EXPECT_NE(store->users().load()->find("alice"), nullptr);
}

TEST_F(StoreTest, AcknowledgedUserIsInTheSnapshotAlready) {
  const auto store = must(Store::open(directory_.path()));
  for (int i = 0; i < 20; ++i) {
    const auto name = "user" + std::to_string(i);
    must(store->submit(adding(name)).get());
    ASSERT_NE(store->users().load()->find(name), nullptr);
    ASSERT_NE(store->users().load()->find(keys_of(name).userhash), nullptr);
  }
}

TEST_F(StoreTest, RefreshSeesWhatAnotherConnectionWrote) {
  const auto store = must(Store::open(directory_.path()));
  auto other = must(open_database(directory_.path()));
  EXPECT_FALSE(must(store->refresh_if_changed()));
  must(add_user(other, "alice", keys_of("old"), kNow));
  EXPECT_TRUE(must(store->refresh_if_changed()));
  EXPECT_EQ(store->users().load()->find("alice")->keys, keys_of("old"));
  must(set_password(other, "alice", keys_of("new"), kNow));
  EXPECT_TRUE(must(store->refresh_if_changed()));
  EXPECT_EQ(store->users().load()->find("alice")->keys, keys_of("new"));
  must(remove_user(other, "alice"));
  EXPECT_TRUE(must(store->refresh_if_changed()));
  EXPECT_EQ(store->users().load()->find("alice"), nullptr);
  EXPECT_FALSE(must(store->refresh_if_changed()));
}

TEST_F(StoreTest, RefreshSeesWhatAnotherProcessWrote) {
  OtherProcess shell([this] {  // as `icebox user add` does
    auto connection = must(open_database(directory_.path()));
    return add_user(connection, "alice", keys_of("alice"), kNow).has_value();
  });
  const auto store = must(Store::open(directory_.path()));
  shell.go();
  ASSERT_TRUE(shell.ends_well());
  EXPECT_TRUE(must(store->refresh_if_changed()));
  EXPECT_NE(store->users().load()->find("alice"), nullptr);
}

// As `icebox peer add` does.
bool add_laptop(const std::filesystem::path& directory) {
  const AuditStamp stamp{"operator", kNow};
  auto connection = must(open_database(directory));
  const auto alice = must(add_account(connection, "alice", OpenInvitations::kAdopt, stamp));
  return add_peer(connection, {.account = alice, .name = "laptop"}, stamp).has_value();
}

TEST_F(StoreTest, KnowsThePeersFromTheStart) {
  ASSERT_TRUE(add_laptop(directory_.path()));
  const auto store = must(Store::open(directory_.path()));
  EXPECT_NE(store->peers().load()->find(PeerId{1}), nullptr);
}

TEST_F(StoreTest, RefreshSeesPeersThatAnotherProcessWrote) {
  OtherProcess shell([this] { return add_laptop(directory_.path()); });
  const auto store = must(Store::open(directory_.path()));
  shell.go();
  ASSERT_TRUE(shell.ends_well());
  EXPECT_TRUE(must(store->refresh_if_changed()));
  EXPECT_FALSE(must(store->refresh_if_changed()));
  EXPECT_NE(store->peers().load()->find(PeerId{1}), nullptr);
}

TEST_F(StoreTest, AcknowledgedPeerIsInTheSnapshotAlready) {
  ASSERT_TRUE(add_laptop(directory_.path()));
  const auto store = must(Store::open(directory_.path()));
  const auto users = store->users().revision();
  for (int i = 0; i < 10; ++i) {
    const auto name = "peer" + std::to_string(i);
    PeerId added{};
    must(store
             ->submit([&](Connection& connection) -> Outcome {
               const auto peer =
                   add_peer(connection, {.account = AccountId{1}, .name = name, .verified = true},
                            {"192.0.2.1", kNow});
               if (!peer) return std::unexpected(peer.error());
               added = *peer;
               return {};
             })
             .get());
    ASSERT_EQ(store->peers().load()->find(AccountId{1}, name)->id, added);
  }
  EXPECT_EQ(store->users().revision(), users) << "the users were loaded again for nothing";
}

TEST_F(StoreTest, RefreshIsNotMovedByOwnWritesNorByOtherTables) {
  const auto store = must(Store::open(directory_.path()));
  must(store->submit(adding("alice")).get());
  EXPECT_FALSE(must(store->refresh_if_changed()));
  auto other = must(open_database(directory_.path()));
  must(put_meta(other, "key", {}));
  EXPECT_FALSE(must(store->refresh_if_changed()));
}

TEST_F(StoreTest, RefreshThatFailsKeepsTheUsersAndTriesAgain) {
  const auto store = must(Store::open(directory_.path()));
  must(store->submit(adding("alice")).get());
  auto other = must(open_database(directory_.path()));
  must(other.execute("ALTER TABLE revisions RENAME TO hidden"));
  EXPECT_EQ(store->refresh_if_changed().error().fault, Fault::kCorrupt);
  EXPECT_NE(store->users().load()->find("alice"), nullptr);
  must(other.execute("ALTER TABLE hidden RENAME TO revisions"));
  must(add_user(other, "bob", keys_of("bob"), kNow));
  EXPECT_TRUE(must(store->refresh_if_changed()));
}

TEST_F(StoreTest, ReaderReadsAndRefusesToWrite) {
  const auto store = must(Store::open(directory_.path()));
  must(store->submit([](Connection& connection) { return put_meta(connection, "k", {}); }).get());
  EXPECT_TRUE(must(get_meta(store->reader(), "k")).has_value());
  EXPECT_EQ(put_meta(store->reader(), "k", {}).error().fault, Fault::kDenied);
}

// Each write gives both users the same new keys; a torn snapshot would show two different ones.
TEST_F(StoreTest, ReadersSeeWholeWritesOnlyAndKeepWhatTheyHold) {
  const auto store = must(Store::open(directory_.path()));
  must(store->submit(adding("left")).get());
  must(store->submit(adding("right")).get());
  const auto held = store->users().load();
  std::atomic<int> torn = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i)
      readers.emplace_back([&](const std::stop_token& stop) {
        UserReader reader(store->users());
        while (!stop.stop_requested()) {
          const UserSnapshot& users = reader.current();
          torn += users.find("left")->updated_at != users.find("right")->updated_at;
        }
      });
    for (int i = 1; i <= 100; ++i)
      must(store
               ->submit([now = kNow + std::chrono::seconds(i)](Connection& connection) {
                 must(set_password(connection, "left", keys_of("left"), now));
                 return set_password(connection, "right", keys_of("right"), now);
               })
               .get());
  }
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(held->find("left")->updated_at, kNow);
  EXPECT_EQ(store->users().load()->find("right")->updated_at, kNow + std::chrono::seconds(100));
}

TEST_F(StoreTest, DamagedFileIsToldAtTheStart) {
  std::ofstream(database_file(directory_.path())) << "certainly no database, whatever its name says";
  const auto store = Store::open(directory_.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().fault, Fault::kCorrupt);
}

}  // namespace
}  // namespace storage

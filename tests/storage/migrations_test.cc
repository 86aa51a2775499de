#include "storage/migrations.h"

#include <gmock/gmock.h>

#include <fstream>

#include "storage/accounts.h"
#include "storage/database.h"
#include "storage/meta.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

class MigrationsTest : public testing::TestWithParam<size_t> {};

// A file as the icebox of that schema left it.
Connection file_of_schema(size_t version) {
  auto connection = must(Connection::open(":memory:", std::chrono::milliseconds(0)));
  for (const Sql step : migrations().first(version)) must(connection.execute(step));
  if (version > 0)
    must(connection.run("INSERT INTO users VALUES (7, 'alice', 'r', ?1, ?2, ?2, 1, 2)",
                        {keys_of("alice").md5, keys_of("alice").sha256}));
  return connection;
}

TEST_P(MigrationsTest, EverySchemaComesUpToDateWithItsUsers) {
  auto connection = file_of_schema(GetParam());
  ASSERT_EQ(must(read_schema_version(connection)), GetParam());
  must(migrate(connection));
  EXPECT_EQ(must(read_schema_version(connection)), migrations().size());
  EXPECT_EQ(must(list_users(connection)).size(), GetParam() > 0 ? 1u : 0u);
  must(add_user(connection, "bob", keys_of("bob"), kNow));
}

TEST_P(MigrationsTest, MigratingTwiceChangesNothing) {
  auto connection = file_of_schema(GetParam());
  must(migrate(connection));
  const auto changes = must(connection.number("SELECT total_changes()"));
  must(migrate(connection));
  EXPECT_EQ(must(connection.number("SELECT total_changes()")), changes);
}

INSTANTIATE_TEST_SUITE_P(From, MigrationsTest, testing::Range(size_t{0}, migrations().size() + 1));

// A data directory of an older icebox: what it held is there after the upgrade, and so are the new tables.
class DataDirectoryTest : public testing::TestWithParam<size_t> {};

TEST_P(DataDirectoryTest, OpensWithAllItsData) {
  const TemporaryDirectory directory;
  std::ofstream(database_file(directory.path())).close();
  {
    auto old = must(Connection::open(database_file(directory.path()), std::chrono::milliseconds(0)));
    for (const Sql step : migrations().first(GetParam())) must(old.execute(step));
    must(add_user(old, "alice", keys_of("alice"), kNow));
    must(put_meta(old, "nonce_key", keys_of("nonce").sha256));
  }
  auto connection = must(open_database(directory.path()));
  EXPECT_EQ(must(list_users(connection)).front().keys, keys_of("alice"));
  EXPECT_THAT(must(get_meta(connection, "nonce_key")).value(),
              testing::ElementsAreArray(keys_of("nonce").sha256));
  EXPECT_EQ(must(load_user_snapshot(connection))->users().size(), 1u);
  EXPECT_EQ(must(load_peer_snapshot(connection))->peers().size(), 0u);
  must(add_account(connection, "alice", OpenInvitations::kAdopt, {"operator", kNow}));
}

INSTANTIATE_TEST_SUITE_P(OfSchema, DataDirectoryTest, testing::Range(size_t{1}, migrations().size() + 1));

// Of accounts from before the mark the audit tells who made them.
TEST(MigrationsTest, AccountsThatStrangersMadeAreMarked) {
  auto connection = file_of_schema(5);
  must(connection.execute(
      "INSERT INTO accounts (name, created_at) VALUES ('byop', 1), ('self', 1), ('invited', 1), ('peers', 1),"
      " ('selfish', 1);"
      "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'operator', 'account.add', 'byop', "
      "''),"
      " (1, '192.0.2.1', 'account.add', 'self', ''), (1, '192.0.2.1', 'peer.add', 'self/a', ''),"
      " (1, '192.0.2.1', 'account.add', 'invited', ''), (1, '192.0.2.1', 'invitation.redeem', 'invited/a', "
      "''),"
      " (1, 'peer 7', 'account.add', 'peers', ''), (0, '192.0.2.1', 'account.add', 'selfish', '');"));
  must(migrate(connection));
  EXPECT_EQ(
      must(connection.number("SELECT count(*) FROM accounts WHERE self_registered = 1 AND name = 'self'")),
      1);
  EXPECT_EQ(must(connection.number("SELECT sum(self_registered) FROM accounts")), 1);
}

// The table of peers is made anew: its rows, what refers to them, and the numbers that were used stay.
TEST_P(DataDirectoryTest, KeepsPeersTokensAndUsedNumbers) {
  if (GetParam() < 3) return;  // there were no peers yet
  const TemporaryDirectory directory;
  std::ofstream(database_file(directory.path())).close();
  {
    auto old = must(Connection::open(database_file(directory.path()), std::chrono::milliseconds(0)));
    for (const Sql step : migrations().first(GetParam())) must(old.execute(step));
    must(old.execute(
        "INSERT INTO accounts (id, name, created_at) VALUES (1, 'alice', 1);"
        "INSERT INTO peers (id, account_id, name, kind, fingerprint, verified_at, created_at) VALUES"
        " (7, 1, 'laptop', 'browser', printf('%064d', 7), 2, 1), (9, 1, 'gone', '', NULL, NULL, 1);"
        "DELETE FROM peers WHERE id = 9;"
        "INSERT INTO tokens (hash, purpose, peer_id, created_at) VALUES (zeroblob(32), 'peer', 7, 1)"));
  }
  auto connection = must(open_database(directory.path()));
  const auto all = must(load_peer_snapshot(connection));
  ASSERT_EQ(all->peers().size(), 1u);
  EXPECT_EQ(all->peers().front()->fingerprint, std::string(63, '0') + "7");
  EXPECT_TRUE(all->find_bearer(TokenHash{}, kNow));
  EXPECT_EQ(must(connection.number("SELECT count(*) FROM pragma_foreign_key_check")), 0);
  EXPECT_EQ(must(connection.number("PRAGMA foreign_keys")), 1);
  const auto revision = all->revision();
  const auto added = must(add_peer(connection, {.account = AccountId{1}, .name = "new"}, {"operator", kNow}));
  EXPECT_EQ(added, PeerId{10});
  EXPECT_GT(must(read_peer_revision(connection)), revision);
  must(remove_peer(connection, PeerId{7}, {"operator", kNow}));
  EXPECT_EQ(must(connection.number("SELECT count(*) FROM tokens")), 0);
}

// Whoever has read a registry of the schema before goes on from there.
TEST(MigrationsTest, ChangesAreNotedFromTheUpgradeOn) {
  auto connection = file_of_schema(9);
  must(
      connection.execute("INSERT INTO accounts (name, created_at) VALUES ('alice', 1);"
                         "INSERT INTO peers (account_id, name, kind, created_at) VALUES (1, 'a', '', 1);"
                         "UPDATE peers SET name = 'laptop';"));
  const auto before = must(load_peer_snapshot(connection));
  must(migrate(connection));
  EXPECT_EQ(must(read_peer_revision(connection)), before->revision());
  EXPECT_EQ(must(connection.number("SELECT count(*) FROM peer_changes")), 0);
  must(remove_peer(connection, PeerId{1}, {"operator", kNow}));
  const auto after = must(load_peer_changes(connection, *before));
  EXPECT_THAT(after->touched_since(before->revision())->peers, testing::ElementsAre(PeerId{1}));
  EXPECT_EQ(after->peer_count(), 0u);
}

TEST(MigrationsTest, EachStepLeavesItsOwnNumber) {
  for (size_t version = 0; version <= migrations().size(); ++version) {
    auto connection = file_of_schema(version);
    EXPECT_EQ(must(connection.number("PRAGMA user_version")), static_cast<int64_t>(version));
  }
}

TEST(MigrationsTest, FailingStepLeavesTheSchemaBeforeIt) {
  auto connection = file_of_schema(1);
  must(connection.execute("CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN SELECT 1; END"));
  EXPECT_FALSE(migrate(connection));  // the second step makes a trigger of that name
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_EQ(must(read_schema_version(connection)), 1u);
  EXPECT_EQ(must(connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'revisions'")), 0);
}

TEST(MigrationsTest, NewerSchemaIsRefusedWithTheCureAndLeftAlone) {
  auto connection = file_of_schema(migrations().size());
  must(connection.execute("PRAGMA user_version = 999"));
  const auto migrated = migrate(connection);
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().fault, Fault::kNewerSchema);
  EXPECT_THAT(migrated.error().text, testing::HasSubstr("schema 999"));
  EXPECT_THAT(migrated.error().text, testing::HasSubstr("run the newer icebox"));
  EXPECT_EQ(must(connection.number("PRAGMA user_version")), 999);
}

}  // namespace
}  // namespace storage

#include "storage/audit.h"

#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class AuditTest : public RegistryTest {};

TEST_F(AuditTest, EntryIsListedAsItWasAdded) {
  must(add_audit(connection_, {"192.0.2.1", kNow + 3s}, "peer.kick", {{}, "alice/laptop"}, "why"));
  const AuditEntry expected{.id = 1,
                            .at = kNow + 3s,
                            .actor = "192.0.2.1",
                            .action = "peer.kick",
                            .subject = "alice/laptop",
                            .detail = "why"};
  EXPECT_THAT(must(list_audit(connection_, 10)), ElementsAre(expected));
}

TEST_F(AuditTest, NewestAreListedOldestFirst) {
  for (const auto* name : {"a", "b", "c"}) account(name);
  const auto entries = must(list_audit(connection_, 2));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].subject, "b");
  EXPECT_EQ(entries[1].subject, "c");
}

TEST_F(AuditTest, PruningKeepsTheNewest) {
  for (int i = 0; i < 10; ++i) account(std::to_string(i));
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 3}, 5)), 5);
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 3}, 100)), 2);
  EXPECT_THAT(audit(), ElementsAre("account.add 7", "account.add 8", "account.add 9"));
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 3}, 100)), 0);
  must(prune_audit(connection_, {.in_all = 0}, 100));
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 0}, 100)), 0);
}

TEST_F(AuditTest, WhoWritesMuchWashesOutNobodyElse) {
  const auto alice = account("alice");
  const auto loud = account("alice/laptop");  // a name like a subject of hers
  for (int i = 0; i < 20; ++i) must(add_audit(connection_, kStamp, "peer.rename", {loud, "alice/laptop/x"}));
  EXPECT_EQ(must(prune_audit(connection_, {.of_account = 3}, 10)), 10);
  EXPECT_EQ(must(prune_audit(connection_, {.of_account = 3}, 100)), 8);
  EXPECT_THAT(audit(), ElementsAre("account.add alice", "peer.rename alice/laptop/x",
                                   "peer.rename alice/laptop/x", "peer.rename alice/laptop/x"));
  EXPECT_EQ(must(list_audit(connection_, 10, alice)).size(), 1u);
  EXPECT_EQ(must(list_audit(connection_, 2, loud)).size(), 2u);
}

TEST_F(AuditTest, BeyondTheBoundOfAllStrangersGoFirst) {
  account("alice");
  const auto gone = account("gone");
  must(remove_account(connection_, gone, kStamp));
  for (const auto* name : {"s1", "s2"}) must(add_account(connection_, name, OpenInvitations::kLeave, kStamp));
  account("bob");
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 3}, 100)), 3);
  EXPECT_THAT(audit(),
              ElementsAre("account.add alice", "account.add s2 (self-registered)", "account.add bob"));
  EXPECT_EQ(must(prune_audit(connection_, {.in_all = 1}, 100)), 2);
  EXPECT_THAT(audit(), ElementsAre("account.add bob"));
}

TEST_F(AuditTest, ChangeIsUndoneWhenItCannotBeNoted) {
  must(connection_.execute("DROP TABLE audit"));
  EXPECT_THAT(add_account(connection_, "alice", OpenInvitations::kAdopt, kStamp), FailsWith(Fault::kCorrupt));
  EXPECT_TRUE(must(list_accounts(connection_)).empty());
}

}  // namespace
}  // namespace storage

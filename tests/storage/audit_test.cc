#include "storage/audit.h"

#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class AuditTest : public RegistryTest {};

TEST_F(AuditTest, EntryIsListedAsItWasAdded) {
  must(add_audit(connection_, {"192.0.2.1", kNow + 3s}, "peer.kick", "alice/laptop", "why"));
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
  EXPECT_EQ(must(prune_audit(connection_, 3, 5)), 5);
  EXPECT_EQ(must(prune_audit(connection_, 3, 100)), 2);
  EXPECT_THAT(audit(), ElementsAre("account.add 7", "account.add 8", "account.add 9"));
  EXPECT_EQ(must(prune_audit(connection_, 3, 100)), 0);
  must(prune_audit(connection_, 0, 100));
  EXPECT_EQ(must(prune_audit(connection_, 0, 100)), 0);
}

TEST_F(AuditTest, ChangeIsUndoneWhenItCannotBeNoted) {
  must(connection_.execute("DROP TABLE audit"));
  EXPECT_THAT(add_account(connection_, "alice", OpenInvitations::kAdopt, kStamp), FailsWith(Fault::kCorrupt));
  EXPECT_TRUE(must(list_accounts(connection_)).empty());
}

}  // namespace
}  // namespace storage

#include "storage/accounts.h"

#include "storage/batch.h"
#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::Optional;

const std::vector<uint8_t> kSecret(20, 7);
const std::vector<uint8_t> kOtherSecret(20, 8);

class AccountsTest : public RegistryTest {};

TEST_F(AccountsTest, AddedAccountIsFoundByNameAndNobodyElseIs) {
  const auto id = account("alice");
  EXPECT_THAT(must(find_account(connection_, "alice")),
              Optional(Account{.id = id, .name = "alice", .created_at = kNow}));
  EXPECT_EQ(must(find_account(connection_, "Alice")), std::nullopt);
  EXPECT_THAT(audit(), ElementsAre("account.add alice"));
}

TEST_F(AccountsTest, AccountsAreListedInTheOrderOfTheirOctets) {
  for (const auto* name : {"b", "ä", "B", "a"}) account(name);
  std::vector<std::string> names;
  for (const auto& account : must(list_accounts(connection_))) names.push_back(account.name);
  EXPECT_THAT(names, ElementsAre("B", "a", "b", "ä"));
}

TEST_F(AccountsTest, SecondAccountOfANameIsAConflictWithoutATraceInTheAudit) {
  account("alice");
  EXPECT_THAT(add_account(connection_, "alice", OpenInvitations::kAdopt, kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_THAT(audit(), ElementsAre("account.add alice"));
  EXPECT_FALSE(connection_.in_transaction());
}

TEST_F(AccountsTest, NamesOutsideTheirBoundsAreRefused) {
  for (const auto& name : {std::string(), std::string(256, 'x'), std::string("a\0b", 3)})
    EXPECT_THAT(add_account(connection_, name, OpenInvitations::kAdopt, kStamp), FailsWith(Fault::kInvalid));
  account(std::string(255, 'x'));
}

TEST_F(AccountsTest, RemovingTakesPeersTokensAndInvitationsWithIt) {
  const auto alice = account("alice");
  const auto laptop = verified_peer(alice, "laptop");
  must(add_token(connection_, {.hash = hash_of("t"), .holder = laptop}, kStamp));
  must(add_token(connection_, {.hash = hash_of("u"), .holder = alice}, kStamp));
  must(add_invitation(connection_, {.hash = hash_of("i"), .account = alice, .expires_at = kNow}, kStamp));
  must(remove_account(connection_, alice, kStamp));
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM peers")), 0);
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM tokens")), 0);
  EXPECT_EQ(audit().back(), "account.remove alice");
  EXPECT_THAT(remove_account(connection_, alice, kStamp), FailsWith(Fault::kNotFound));
}

TEST_F(AccountsTest, NumberOfARemovedAccountIsNeverUsedAgain) {
  const auto first = account("alice");
  must(remove_account(connection_, first, kStamp));
  EXPECT_NE(account("alice"), first);
}

TEST_F(AccountsTest, SecretOfOneTimePasswordsIsSetReplacedAndRemoved) {
  const auto alice = account("alice");
  must(set_otp_secret(connection_, alice, kSecret, kStamp));
  EXPECT_EQ(must(find_account(connection_, "alice"))->otp_secret, kSecret);
  EXPECT_EQ(snapshot()->find(alice)->otp_secret, kSecret);
  must(set_otp_secret(connection_, alice, {}, kStamp));
  EXPECT_TRUE(must(find_account(connection_, "alice"))->otp_secret.empty());
  EXPECT_THAT(set_otp_secret(connection_, alice, std::vector<uint8_t>(15), kStamp),
              FailsWith(Fault::kInvalid));
  EXPECT_THAT(set_otp_secret(connection_, AccountId{99}, kSecret, kStamp), FailsWith(Fault::kNotFound));
  EXPECT_THAT(audit(),
              ElementsAre("account.add alice", "account.otp alice (set)", "account.otp alice (removed)"));
}

TEST_F(AccountsTest, UsedStepIsRefusedAndSoIsAnEarlierOne) {
  const auto alice = account("alice");
  must(remember_otp_step(connection_, alice, 100));
  EXPECT_THAT(remember_otp_step(connection_, alice, 100), FailsWith(Fault::kConflict));
  EXPECT_THAT(remember_otp_step(connection_, alice, 99), FailsWith(Fault::kConflict));
  must(remember_otp_step(connection_, alice, 101));
  EXPECT_THAT(remember_otp_step(connection_, AccountId{99}, 1), FailsWith(Fault::kNotFound));
}

TEST_F(AccountsTest, UsedStepIsForgottenWithItsSecretOnly) {
  const auto alice = account("alice");
  must(set_otp_secret(connection_, alice, kSecret, kStamp));
  must(remember_otp_step(connection_, alice, 100));
  must(set_otp_secret(connection_, alice, kSecret, kStamp));
  EXPECT_THAT(remember_otp_step(connection_, alice, 100), FailsWith(Fault::kConflict));
  must(set_otp_secret(connection_, alice, kOtherSecret, kStamp));
  must(remember_otp_step(connection_, alice, 100));
}

// A job of the writer: what a one-time password allows, and that it was used, happen together or not at all.
TEST_F(AccountsTest, StepIsNotUsedUpWhenWhatItAllowsFails) {
  const auto alice = account("alice");
  std::vector<Job> jobs;
  jobs.emplace_back([&](Connection& connection) -> Outcome {
    if (auto used = remember_otp_step(connection, alice, 7); !used) return used;
    return verify_peer(connection, PeerId{99}, kStamp);
  });
  EXPECT_THAT(run_batch(connection_, jobs).front(), FailsWith(Fault::kNotFound));
  must(remember_otp_step(connection_, alice, 7));
}

}  // namespace
}  // namespace storage

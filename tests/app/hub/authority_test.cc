#include "app/hub/authority.h"

#include <gtest/gtest.h>

#include "app/hub/api_support.h"
#include "storage/accounts.h"
#include "storage/database.h"
#include "storage/peers.h"
#include "storage/tokens.h"
#include "tests/net/scratch_directory.h"

namespace app::hub {
namespace {

using signaling::Deed;

constexpr base::WallTime kNow{std::chrono::seconds(1'790'000'000)};
constexpr storage::AuditStamp kStamp{"operator", kNow};
constexpr storage::TokenHash kToken{1};
constexpr storage::TokenHash kOther{2};

template <typename Value>
Value must(storage::Result<Value> result) {
  EXPECT_TRUE(result) << (result ? "" : result.error().text);
  return *std::move(result);
}

class AuthorityTest : public testing::Test {
 protected:
  storage::PeerId peer(storage::AccountId account, const char* name, bool verified,
                       std::optional<storage::TokenHash> token = std::nullopt) {
    return must(storage::add_peer(
        connection_, {.account = account, .name = name, .verified = verified, .token = token}, kStamp));
  }
  // The status that the laptop's token gets; 0: it may.
  int asked(Deed deed, std::optional<storage::PeerId> target = std::nullopt, base::WallTime now = kNow) {
    signaling::Peer actor;
    actor.id = signaling::PeerId{static_cast<int64_t>(laptop_)};
    const Bearer bearer{std::make_shared<const signaling::Peer>(actor), kToken};
    const auto denial = must(judge(connection_, bearer, deed, target, now));
    return denial ? denial->status : 0;
  }
  int64_t run(storage::Sql sql) { return must(connection_.run(sql)); }

  net::ScratchDirectory directory_;
  storage::Connection connection_ = must(storage::open_database(directory_.path()));
  storage::AccountId ann_ =
      must(storage::add_account(connection_, "ann", storage::OpenInvitations::kAdopt, kStamp));
  storage::PeerId laptop_ = peer(ann_, "laptop", true, kToken);
  storage::PeerId phone_ = peer(ann_, "phone", false, kOther);
};

TEST_F(AuthorityTest, AVerifiedPeerMayByItsValidToken) {
  EXPECT_EQ(asked(Deed::kInvite), 0);
  EXPECT_EQ(asked(Deed::kVerify, phone_), 0);
  EXPECT_EQ(asked(Deed::kRename, laptop_), 0);
  EXPECT_EQ(asked(Deed::kDelete, phone_), 0);
}

TEST_F(AuthorityTest, ATokenThatIsRevokedExpiredOrAnotherPeersMayNothing) {
  run("UPDATE tokens SET expires_at = 1790000060");
  EXPECT_EQ(asked(Deed::kInvite, std::nullopt, kNow + std::chrono::seconds(59)), 0);
  EXPECT_EQ(asked(Deed::kInvite, std::nullopt, kNow + std::chrono::seconds(60)), 401);
  (void)must(storage::revoke_tokens_of(connection_, laptop_, kStamp));
  for (const auto deed : {Deed::kInvite, Deed::kVerifyByOtp}) EXPECT_EQ(asked(deed), 401);
  EXPECT_EQ(asked(Deed::kVerify, phone_), 401);
  EXPECT_TRUE(must(judge_token(connection_, laptop_, kOther, kNow)));  // the phone's
  EXPECT_FALSE(must(judge_token(connection_, phone_, kOther, kNow)));
}

TEST_F(AuthorityTest, ARemovedPeerMayNothingAndOneThatWaitsOnlyVerifyItself) {
  run("UPDATE peers SET verified_at = NULL");
  EXPECT_EQ(asked(Deed::kInvite), 403);
  EXPECT_EQ(asked(Deed::kVerifyByOtp), 0);
  EXPECT_TRUE(storage::remove_peer(connection_, laptop_, kStamp));
  EXPECT_EQ(asked(Deed::kVerifyByOtp), 401);
}

TEST_F(AuthorityTest, TheTargetIsJudgedAsItIsNow) {
  EXPECT_TRUE(storage::verify_peer(connection_, phone_, kStamp));
  EXPECT_EQ(asked(Deed::kVerify, phone_), 409);
  EXPECT_TRUE(storage::remove_peer(connection_, phone_, kStamp));
  EXPECT_EQ(asked(Deed::kRename, phone_), 404);
  const auto bob = must(storage::add_account(connection_, "bob", storage::OpenInvitations::kAdopt, kStamp));
  EXPECT_EQ(asked(Deed::kDelete, peer(bob, "desk", true)), 404);
}

TEST_F(AuthorityTest, WhatAJobsFirstRunFoundIsForgottenByItsSecond) {
  struct Found {
    bool refused = false;
  };
  const auto found = std::make_shared<Found>();
  int runs = 0;
  auto job = fresh_each_run(found, [&runs](storage::Connection&, Found& told) -> storage::Outcome {
    if (++runs == 1) told.refused = true;
    return {};
  });
  EXPECT_TRUE(job(connection_));
  EXPECT_TRUE(found->refused);
  EXPECT_TRUE(job(connection_));
  EXPECT_FALSE(found->refused);
}

}  // namespace
}  // namespace app::hub

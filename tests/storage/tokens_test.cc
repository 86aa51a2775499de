#include "storage/tokens.h"

#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;

class TokensTest : public RegistryTest {
 protected:
  void give(std::string_view seed, std::variant<PeerId, AccountId> holder,
            std::optional<base::WallTime> expires_at = std::nullopt) {
    must(add_token(connection_, {hash_of(seed), holder, expires_at}, kStamp));
  }
  void invite(std::string_view seed, std::optional<PeerId> made_by = std::nullopt) {
    must(add_invitation(
        connection_, {.hash = hash_of(seed), .account = alice_, .made_by = made_by, .expires_at = kNow + 60s},
        kStamp));
  }

  AccountId alice_ = account("alice");
  PeerId laptop_ = verified_peer(alice_, "laptop");
};

TEST_F(TokensTest, TokenIsFoundByItsHash) {
  give("t", laptop_, kNow + 60s);
  const Token expected{.hash = hash_of("t"),
                       .purpose = TokenPurpose::kPeer,
                       .peer = laptop_,
                       .created_at = kNow,
                       .expires_at = kNow + 60s};
  EXPECT_EQ(must(find_token(connection_, hash_of("t"))), expected);
  EXPECT_EQ(must(find_token(connection_, hash_of("u"))), std::nullopt);
  give("u", alice_);
  EXPECT_EQ(must(find_token(connection_, hash_of("u")))->account, alice_);
  EXPECT_EQ(must(find_token(connection_, hash_of("u")))->purpose, TokenPurpose::kAccount);
}

TEST_F(TokensTest, TokenIsGivenToOneHolderAndToOneThatIsThere) {
  give("t", laptop_);
  EXPECT_THAT(add_token(connection_, {hash_of("t"), alice_, {}}, kStamp), FailsWith(Fault::kConflict));
  EXPECT_THAT(add_token(connection_, {hash_of("u"), PeerId{99}, {}}, kStamp), FailsWith(Fault::kNotFound));
  EXPECT_THAT(add_token(connection_, {hash_of("u"), AccountId{99}, {}}, kStamp), FailsWith(Fault::kNotFound));
}

TEST_F(TokensTest, ValidTokensOfOneHolderAreBounded) {
  for (size_t i = 0; i < kMaxValidTokens - 1; ++i) give("t" + std::to_string(i), laptop_);
  give("expired", laptop_, kNow - 1s);
  give("other holder", alice_);
  give("last", laptop_);
  EXPECT_THAT(add_token(connection_, {hash_of("more"), laptop_, {}}, kStamp), FailsWith(Fault::kLimit));
  must(revoke_token(connection_, hash_of("t0"), kStamp));
  give("more", laptop_);
}

TEST_F(TokensTest, RevokedTokenIsNoBearerAnyMore) {
  give("t", laptop_);
  ASSERT_TRUE(snapshot()->find_bearer(hash_of("t"), kNow));
  must(revoke_token(connection_, hash_of("t"), kStamp));
  EXPECT_FALSE(snapshot()->find_bearer(hash_of("t"), kNow));
  EXPECT_FALSE(must(find_token(connection_, hash_of("t")))->is_valid(kNow));
  EXPECT_THAT(revoke_token(connection_, hash_of("t"), kStamp), FailsWith(Fault::kSpent));
  EXPECT_THAT(revoke_token(connection_, hash_of("nothing"), kStamp), FailsWith(Fault::kNotFound));
}

TEST_F(TokensTest, RevokedInvitationLetsNobodyIn) {
  invite("i");
  must(revoke_token(connection_, hash_of("i"), kStamp));
  EXPECT_THAT(redeem_invitation(connection_, {.invitation = hash_of("i"), .peer_name = "x"}, kStamp),
              FailsWith(Fault::kSpent));
  EXPECT_THAT(audit().back(), testing::StartsWith("invitation.revoke alice ("));
}

TEST_F(TokensTest, RevokingAllOfAPeerTakesItsInvitationsToo) {
  give("t", laptop_);
  give("u", laptop_);
  invite("made by it", laptop_);
  invite("made by another");
  give("of the account", alice_);
  EXPECT_EQ(must(revoke_tokens_of(connection_, laptop_, kStamp)), 3);
  EXPECT_EQ(must(revoke_tokens_of(connection_, laptop_, kStamp)), 0);
  EXPECT_EQ(audit().back(), "token.revoke alice/laptop (all 3)");
  EXPECT_TRUE(must(find_token(connection_, hash_of("made by another")))->is_valid(kNow));
  EXPECT_TRUE(must(find_token(connection_, hash_of("of the account")))->is_valid(kNow));
  EXPECT_THAT(revoke_tokens_of(connection_, PeerId{99}, kStamp), FailsWith(Fault::kNotFound));
}

TEST_F(TokensTest, ReplacingLeavesTheNewOneOrAllThatWereThere) {
  give("a", laptop_);
  give("b", laptop_);
  give("others", alice_);
  EXPECT_THAT(replace_tokens_of(connection_, laptop_, hash_of("others"), kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_TRUE(snapshot()->find_bearer(hash_of("a"), kNow));
  EXPECT_EQ(must(replace_tokens_of(connection_, laptop_, hash_of("c"), kStamp)), 2);
  EXPECT_FALSE(snapshot()->find_bearer(hash_of("a"), kNow));
  EXPECT_FALSE(snapshot()->find_bearer(hash_of("b"), kNow));
  EXPECT_EQ(snapshot()->find_bearer(hash_of("c"), kNow)->peer->id, laptop_);
}

TEST_F(TokensTest, ValidityEndsAtTheSecondOfExpiry) {
  give("t", laptop_, kNow + 60s);
  const auto token = *must(find_token(connection_, hash_of("t")));
  EXPECT_TRUE(token.is_valid(kNow + 59s));
  EXPECT_FALSE(token.is_valid(kNow + 60s));
}

TEST_F(TokensTest, PurgeTakesWhatEndedBeforeAndNoMoreThanItsLimit) {
  give("for ever", laptop_);
  give("later", laptop_, kNow + 60s);
  give("expired", laptop_, kNow);
  give("revoked", laptop_);
  must(revoke_token(connection_, hash_of("revoked"), kStamp));
  const auto lines = audit();
  EXPECT_EQ(must(purge_tokens(connection_, kNow - 1s, 100)), 0);
  EXPECT_EQ(must(purge_tokens(connection_, kNow, 1)), 1);
  EXPECT_EQ(must(purge_tokens(connection_, kNow, 100)), 1);
  EXPECT_TRUE(must(find_token(connection_, hash_of("for ever"))));
  EXPECT_TRUE(must(find_token(connection_, hash_of("later"))));
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM tokens")), 2);
  EXPECT_EQ(audit(), lines);
}

TEST_F(TokensTest, AuditTellsTokensApartWithoutTellingThem) {
  give("t", laptop_);
  const auto line = audit().back();
  EXPECT_THAT(line, testing::MatchesRegex("token.add alice/laptop \\([0-9a-f]{8}\\)"));
}

}  // namespace
}  // namespace storage

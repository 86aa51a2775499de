#include "storage/invitations.h"

#include <set>

#include "storage/peer_subject.h"
#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

class InvitationsTest : public RegistryTest {
 protected:
  void invite(std::string_view seed, std::variant<AccountId, std::string_view> account,
              std::optional<PeerId> made_by = std::nullopt) {
    must(try_invite(seed, account, made_by));
  }
  Outcome try_invite(std::string_view seed, std::variant<AccountId, std::string_view> account,
                     std::optional<PeerId> made_by = std::nullopt) {
    return add_invitation(
        connection_,
        {.hash = hash_of(seed), .account = account, .made_by = made_by, .expires_at = kNow + 60s}, kStamp);
  }
  Result<Redeemed> redeem(std::string_view seed, std::string_view name, base::WallTime now = kNow,
                          size_t max_peers = 20) {
    const std::string token = "token of " + std::string(name);
    return redeem_invitation(
        connection_,
        {.invitation = hash_of(seed), .peer_name = name, .token = hash_of(token), .max_peers = max_peers},
        {"192.0.2.1", now});
  }
  int64_t rows() {
    return must(
        connection_.number("SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM peers) + (SELECT "
                           "count(*) FROM tokens)"
                           " + (SELECT count(*) FROM audit)"));
  }
};

TEST_F(InvitationsTest, RedeemedInvitationMakesAVerifiedPeerWithItsToken) {
  const auto alice = account("alice");
  invite("i", alice);
  const auto redeemed = must(redeem_invitation(connection_,
                                               {.invitation = hash_of("i"),
                                                .peer_name = "phone",
                                                .kind = "browser",
                                                .fingerprint = fingerprint_of("phone"),
                                                .token = hash_of("t")},
                                               {"192.0.2.1", kNow + 5s}));
  EXPECT_EQ(redeemed.account, alice);
  EXPECT_EQ(redeemed.account_name, "alice");
  const Peer expected{.id = redeemed.peer,
                      .account = alice,
                      .name = "phone",
                      .kind = "browser",
                      .fingerprint = fingerprint_of("phone"),
                      .verified_at = kNow + 5s,
                      .created_at = kNow + 5s};
  EXPECT_EQ(stored(redeemed.peer), expected);
  EXPECT_EQ(snapshot()->find_bearer(hash_of("t"), kNow)->peer->id, redeemed.peer);
  EXPECT_EQ(must(find_token(connection_, hash_of("i")))->used_at, kNow + 5s);
  EXPECT_THAT(audit(), ElementsAre("account.add alice", StartsWith("invitation.add alice ("),
                                   "peer.add alice/phone (verified)", StartsWith("token.add alice/phone ("),
                                   StartsWith("invitation.redeem alice/phone (")));
}

TEST_F(InvitationsTest, InvitationIsGoodForOnePeer) {
  invite("i", account("alice"));
  must(redeem("i", "phone"));
  EXPECT_THAT(redeem("i", "another"), FailsWith(Fault::kSpent));
}

TEST_F(InvitationsTest, InvitationEndsWithItsSecond) {
  invite("i", account("alice"));
  EXPECT_THAT(redeem("i", "phone", kNow + 60s), FailsWith(Fault::kSpent));
  must(redeem("i", "phone", kNow + 59s));
}

TEST_F(InvitationsTest, OnlyAnInvitationLetsIn) {
  const auto laptop = verified_peer(account("alice"), "laptop");
  must(add_token(connection_, {.hash = hash_of("bearer"), .holder = laptop}, kStamp));
  EXPECT_THAT(redeem("bearer", "phone"), FailsWith(Fault::kNotFound));
  EXPECT_THAT(redeem("nothing", "phone"), FailsWith(Fault::kNotFound));
}

TEST_F(InvitationsTest, AfterARefusalItIsAsGoodAsBefore) {
  const auto alice = account("alice");
  verified_peer(alice, "laptop");
  invite("i", alice);
  const auto before = rows();
  EXPECT_THAT(redeem("i", "laptop"), FailsWith(Fault::kConflict));
  EXPECT_THAT(redeem("i", ""), FailsWith(Fault::kInvalid));
  EXPECT_THAT(redeem("i", "phone", kNow, 1), FailsWith(Fault::kLimit));
  EXPECT_EQ(rows(), before);
  must(redeem("i", "phone"));
}

TEST_F(InvitationsTest, AccountIsMadeByTheFirstWhoComesIn) {
  invite("i", "alice");
  EXPECT_TRUE(must(list_accounts(connection_)).empty());
  const auto made = must(redeem("i", "laptop")).account;
  EXPECT_EQ(must(find_account(connection_, "alice"))->id, made);
}

TEST_F(InvitationsTest, AccountThatAnInvitationMakesIsNotMadeWhenItsPeerIsRefused) {
  invite("i", "alice");
  EXPECT_THAT(redeem("i", std::string(256, 'x')), FailsWith(Fault::kInvalid));
  EXPECT_TRUE(must(list_accounts(connection_)).empty());
}

TEST_F(InvitationsTest, TwoInvitationsToANewAccountLeadToTheSame) {
  invite("i", "alice");
  invite("j", "alice");
  const auto laptop = must(redeem("i", "laptop"));
  EXPECT_EQ(must(redeem("j", "phone")).account, laptop.account);
}

TEST_F(InvitationsTest, NameOfAnAccountThatExistsLeadsThere) {
  const auto alice = account("alice");
  invite("i", "alice");
  EXPECT_EQ(must(find_token(connection_, hash_of("i")))->account, alice);
  EXPECT_EQ(must(redeem("i", "laptop")).account, alice);
}

TEST_F(InvitationsTest, NobodyIsLedIntoTheAccountOfAStrangerWhoTookTheName) {
  invite("i", "alice");
  must(add_account(connection_, "alice", OpenInvitations::kLeave, kStamp));
  EXPECT_THAT(redeem("i", "laptop"), FailsWith(Fault::kNameGone));
}

TEST_F(InvitationsTest, NameOfAnAccountToBeMadeIsReservedWhileAnInvitationIsOpen) {
  const auto reserved = [&](std::string_view name, base::WallTime now = kNow) {
    return must(is_reserved(connection_, name, now));
  };
  EXPECT_FALSE(reserved("alice"));
  invite("i", "alice");
  EXPECT_TRUE(reserved("alice"));
  EXPECT_FALSE(reserved("alic"));
  EXPECT_FALSE(reserved("alice", kNow + std::chrono::hours(24 * 365)));
  must(revoke_token(connection_, hash_of("i"), kStamp));
  EXPECT_FALSE(reserved("alice"));
  invite("j", "alice");
  must(redeem("j", "laptop"));
  EXPECT_FALSE(reserved("alice"));
}

TEST_F(InvitationsTest, OnlyAVerifiedPeerOfTheAccountInvites) {
  const auto alice = account("alice");
  EXPECT_THAT(try_invite("i", alice, peer(alice, "waiting")), FailsWith(Fault::kNotFound));
  EXPECT_THAT(try_invite("i", alice, verified_peer(account("bob"), "other")), FailsWith(Fault::kNotFound));
  EXPECT_THAT(try_invite("i", "carol", verified_peer(alice, "laptop")), FailsWith(Fault::kNotFound));
  invite("i", alice, verified_peer(alice, "phone"));
}

TEST_F(InvitationsTest, InvitationsOfWhoLostItsTokensAreVoid) {
  const auto alice = account("alice");
  const auto stolen = verified_peer(alice, "stolen");
  invite("i", alice, stolen);
  must(revoke_tokens_of(connection_, stolen, kStamp));
  EXPECT_THAT(redeem("i", "thief"), FailsWith(Fault::kSpent));
}

TEST_F(InvitationsTest, OpenInvitationsAreBounded) {
  const auto alice = account("alice");
  for (size_t i = 0; i < kMaxOpenInvitations; ++i) invite("i" + std::to_string(i), alice);
  EXPECT_THAT(try_invite("more", alice), FailsWith(Fault::kLimit));
  must(redeem("i0", "phone"));
  invite("more", alice);
  for (size_t i = 0; i < kMaxOpenInvitations; ++i) invite("n" + std::to_string(i), "newcomer");
  EXPECT_THAT(try_invite("too many", "newcomer"), FailsWith(Fault::kLimit));
}

TEST_F(InvitationsTest, PeersWhoInviteALotKeepOutNeitherTheOperatorNorTheOthers) {
  const auto alice = account("alice");
  const auto stolen = verified_peer(alice, "stolen");
  for (size_t i = 0; i < kMaxOpenInvitationsOfPeer; ++i) invite("s" + std::to_string(i), alice, stolen);
  EXPECT_THAT(try_invite("more", alice, stolen), FailsWith(Fault::kLimit));
  const auto laptop = verified_peer(alice, "laptop");
  invite("l", alice, laptop);
  for (size_t i = 0; i < kMaxOpenInvitations; ++i) invite("o" + std::to_string(i), alice);
  EXPECT_THAT(try_invite("too many", alice), FailsWith(Fault::kLimit));
  invite("m", alice, laptop);
}

TEST_F(InvitationsTest, OpenOnesAreListedUntilTheyAreUsedRevokedOrExpired) {
  const auto alice = account("alice");
  invite("operator's", alice);
  invite("peer's", alice, verified_peer(alice, "laptop"));
  invite("newcomer's", "newcomer");
  const auto open = [&](base::WallTime now) {
    std::set<std::string> listed;
    for (const auto& one : must(list_open_invitations(connection_, now)))
      listed.insert(one.account_name + " by " + one.made_by + " " + one.id);
    return listed;
  };
  const auto id = [](std::string_view seed) { return short_name(hash_of(seed)); };
  EXPECT_THAT(open(kNow), testing::UnorderedElementsAre("alice by  " + id("operator's"),
                                                        "alice by laptop " + id("peer's"),
                                                        "newcomer by  " + id("newcomer's")));
  must(revoke_token(connection_, hash_of("operator's"), kStamp));
  must(redeem("newcomer's", "phone"));
  EXPECT_THAT(open(kNow), testing::UnorderedElementsAre("alice by laptop " + id("peer's")));
  EXPECT_THAT(open(kNow + std::chrono::hours(24 * 31)), testing::IsEmpty());
  EXPECT_THAT(redeem("operator's", "thief"), FailsWith(Fault::kSpent));
}

TEST_F(InvitationsTest, UnknownAccountBadNameOrTokenTwiceAreRefused) {
  EXPECT_THAT(try_invite("i", AccountId{99}), FailsWith(Fault::kNotFound));
  EXPECT_THAT(try_invite("i", ""), FailsWith(Fault::kInvalid));
  invite("i", "alice");
  EXPECT_THAT(try_invite("i", "bob"), FailsWith(Fault::kConflict));
}

TEST_F(InvitationsTest, OfProcessesThatRedeemAtOnceOneComesIn) {
  constexpr int kRounds = 10;
  constexpr int kProcesses = 4;
  for (int round = 0; round < kRounds; ++round) {
    const auto invitation = "i" + std::to_string(round);
    const TemporaryDirectory results;
    std::vector<std::unique_ptr<OtherProcess>> processes;
    const auto directory = directory_.path() / std::to_string(round);
    for (int i = 0; i < kProcesses; ++i) {
      const auto name = "peer" + std::to_string(i);
      processes.push_back(std::make_unique<OtherProcess>([=, &results] {
        auto connection = must(open_database(directory));
        const auto redeemed = redeem_invitation(
            connection, {.invitation = hash_of(invitation), .peer_name = name, .token = hash_of(name)},
            kStamp);
        if (!redeemed) return redeemed.error().fault == Fault::kSpent;
        return std::filesystem::create_directory(results.path() / name);
      }));
    }
    auto connection = must(open_database(directory));
    must(add_invitation(connection,
                        {.hash = hash_of(invitation), .account = "alice", .expires_at = kNow + 60s}, kStamp));
    for (auto& process : processes) process->go();
    for (auto& process : processes) EXPECT_TRUE(process->ends_well());
    const auto in = std::distance(std::filesystem::directory_iterator(results.path()), {});
    EXPECT_EQ(in, 1) << "round " << round;
    EXPECT_EQ(must(list_peers(connection)).size(), 1u);
  }
}

}  // namespace
}  // namespace storage

// Registration, invitations, permissions and names.
#include <gmock/gmock.h>

#include "signaling/peer_name.h"
#include "signaling/permission.h"
#include "signaling/registration.h"

namespace signaling {
namespace {

constexpr size_t kLimit = 20;
constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

// 0: granted, with `verified` and `makes_account` told apart by tens.
int outcome(const std::expected<RegistrationGrant, Refusal>& decision) {
  if (!decision) return decision.error().code;
  return (decision->verified ? 1 : 0) + (decision->makes_account ? 10 : 0);
}

struct RegistrationCase {
  std::string what;
  RegistrationMode mode;
  AccountFacts account;
  int outcome;
};
class RegistrationTest : public testing::TestWithParam<RegistrationCase> {};

TEST_P(RegistrationTest, IsDecidedByModeAndAccount) {
  const auto& [what, mode, account, expected] = GetParam();
  EXPECT_EQ(outcome(decide_registration(mode, account, kLimit)), expected) << what;
}
using enum RegistrationMode;
INSTANTIATE_TEST_SUITE_P(
    Registration, RegistrationTest,
    testing::Values(
        RegistrationCase{"closed", kClosed, {.exists = true, .has_otp_secret = true}, 403},
        RegistrationCase{"otp waits", kOtp, {.exists = true, .has_otp_secret = true}, 0},
        RegistrationCase{"otp without secret", kOtp, {.exists = true}, 403},
        RegistrationCase{"otp without account", kOtp, {}, 403},
        RegistrationCase{"open makes the account and its first peer", kOpen, {}, 11},
        RegistrationCase{"open waits in an account of others", kOpen, {.exists = true, .peers = 1}, 0},
        RegistrationCase{"open waits in an account whose peers are gone", kOpen, {.exists = true}, 0},
        RegistrationCase{"full of peers: who waits takes none of their places",
                         kOpen,
                         {.exists = true, .peers = kLimit},
                         0},
        RegistrationCase{"too many wait", kOpen, {.exists = true, .waiting = kMaxWaitingPeers}, 403},
        RegistrationCase{"one of the many who wait makes room",
                         kOpen,
                         {.exists = true, .waiting = kMaxWaitingPeers, .may_make_room = true},
                         0},
        RegistrationCase{"name taken", kOpen, {.exists = true, .peers = 1, .name_taken = true}, 409},
        RegistrationCase{"user reserved for who was invited", kOpen, {.is_reserved = true}, 409},
        RegistrationCase{"otp tells nothing of reserved users", kOtp, {.is_reserved = true}, 403},
        RegistrationCase{"fingerprint taken", kOpen, {.fingerprint_taken = true}, 409},
        RegistrationCase{"closed tells nothing of names", kClosed, {.name_taken = true}, 403}));

TEST(RegistrationTest, NobodyMakesRoomWhereThereIsRoom) {
  AccountFacts account{.exists = true, .waiting = kMaxWaitingPeers - 1, .may_make_room = true};
  EXPECT_FALSE(decide_registration(kOpen, account, kLimit)->makes_room);
  account.waiting = kMaxWaitingPeers;
  EXPECT_TRUE(decide_registration(kOpen, account, kLimit)->makes_room);
}

TEST(RegistrationTest, OtpModeDoesNotTellWhichUsersExist) {
  const auto unknown = decide_registration(kOtp, {}, kLimit);
  const auto known = decide_registration(kOtp, {.exists = true, .peers = kLimit, .name_taken = true}, kLimit);
  EXPECT_EQ(unknown.error(), known.error());
}

struct InvitationCase {
  std::string what;
  std::optional<Invitation> invitation;
  AccountFacts account;
  int outcome;
};
class InvitationTest : public testing::TestWithParam<InvitationCase> {};

TEST_P(InvitationTest, IsRedeemedOnceAndInTime) {
  const auto& [what, invitation, account, expected] = GetParam();
  EXPECT_EQ(outcome(decide_redemption(invitation, kNow, account, kLimit)), expected) << what;
}
constexpr Invitation kGood{.expires_at = kNow + std::chrono::seconds(1)};
INSTANTIATE_TEST_SUITE_P(
    Invitations, InvitationTest,
    testing::Values(
        InvitationCase{"good", kGood, {.exists = true, .peers = 3}, 1},
        InvitationCase{"first peer of a new user", kGood, {}, 11},
        InvitationCase{"unknown", std::nullopt, {.exists = true}, 404},
        InvitationCase{"revoked", Invitation{.expires_at = kGood.expires_at, .revoked = true}, {}, 404},
        InvitationCase{"used", Invitation{.expires_at = kGood.expires_at, .used_at = kNow}, {}, 410},
        InvitationCase{"expires this second", Invitation{.expires_at = kNow}, {}, 410},
        InvitationCase{"full", kGood, {.exists = true, .peers = kLimit}, 403},
        InvitationCase{"name taken", kGood, {.exists = true, .name_taken = true}, 409}));

TEST(InvitationTest, TheTokenIsInTheFragmentWhereNoServerSeesIt) {
  EXPECT_EQ(invitation_url("https://a.example:8443", "ibx_x"), "https://a.example:8443/#invite=ibx_x");
}

TEST(NewPeerTest, IsCheckedAndBroughtIntoCanonicalForm) {
  const auto good = check_new_peer(" alice ", "my phone", "", std::string(64, 'a'));
  ASSERT_TRUE(good);
  EXPECT_EQ(good->user, "alice");
  EXPECT_EQ(good->fingerprint, std::string(64, 'A'));
  EXPECT_TRUE(check_new_peer("alice", "phone", "browser", "")->fingerprint.empty());
  EXPECT_THAT(check_new_peer("", "phone", "", "").error().text, testing::StartsWith("user "));
  EXPECT_THAT(check_new_peer("a", "", "", "").error().text, testing::StartsWith("name "));
  EXPECT_THAT(check_new_peer("a", "b", "\x01", "").error().text, testing::StartsWith("kind "));
  EXPECT_THAT(check_new_peer("a", "b", "", "AB:CD").error().text, testing::StartsWith("fp "));
}

TEST(PeerNameTest, TakesWhatPeopleWriteAndNothingThatHidesOrMisleads) {
  for (const std::string good : {"a", "Büro Laptop", "書斎", "📱 phone", "mother's \"desk\" <1>"})
    EXPECT_EQ(check_name("name", good), good);
  EXPECT_EQ(check_name("name", "  desk "), "desk");
  EXPECT_TRUE(check_name("name", std::string(64, 'x')));
  const std::vector<std::string> bad = {"",
                                        "   ",
                                        std::string(65, 'x'),
                                        "a\nb",
                                        std::string("a\0b", 3),
                                        "a\x7f",
                                        "\xc2\x85",       // NEL
                                        "a\xe2\x80\x8b",  // zero width space
                                        "a\xe2\x80\xae"
                                        "b",  // right-to-left override
                                        "\xef\xbb\xbf"
                                        "a",                 // byte order mark
                                        "a\xc2\xa0",         // no-break space
                                        "\xc0\x80",          // NUL in too many octets
                                        "\xed\xa0\x80",      // surrogate
                                        "\xf4\x90\x80\x80",  // beyond Unicode
                                        "\xe2\x82",          // cut short
                                        "\x80",
                                        "\xff",
                                        std::string(64, 'A'),  // a fingerprint
                                        std::string(64, '0')};
  for (const auto& name : bad) EXPECT_FALSE(check_name("name", name)) << testing::PrintToString(name);
  EXPECT_EQ(check_kind(""), "");
  EXPECT_EQ(check_kind(" server"), "server");
  EXPECT_FALSE(check_kind("a\tb"));
}

struct PermissionCase {
  Deed deed;
  bool actor_verified;
  char target;  // o: own, verified; w: own, waiting; f: foreign; -: none
  int code;     // 0: granted
};
class PermissionTest : public testing::TestWithParam<PermissionCase> {};

TEST_P(PermissionTest, IsForVerifiedPeersWithinTheirUser) {
  const auto& [deed, actor_verified, target, code] = GetParam();
  const Peer actor{.id = PeerId{1}, .user = UserId{1}, .verified = actor_verified};
  PeerRef peer;
  if (target != '-')
    peer = std::make_shared<Peer>(
        Peer{.id = PeerId{2}, .user = UserId{target == 'f' ? 2 : 1}, .verified = target != 'w'});
  const auto refusal = check_permission(actor, deed, peer);
  EXPECT_EQ(refusal ? refusal->code : 0, code);
}
using enum Deed;
INSTANTIATE_TEST_SUITE_P(
    Permission, PermissionTest,
    testing::Values(PermissionCase{kInvite, true, '-', 0}, PermissionCase{kInvite, false, '-', 403},
                    PermissionCase{kVerify, true, 'w', 0}, PermissionCase{kVerify, true, 'o', 409},
                    PermissionCase{kVerify, true, 'f', 404}, PermissionCase{kVerify, true, '-', 404},
                    PermissionCase{kVerify, false, 'w', 403}, PermissionCase{kRename, true, 'o', 0},
                    PermissionCase{kRename, true, 'f', 404}, PermissionCase{kRename, false, 'o', 403},
                    PermissionCase{kDelete, true, 'w', 0}, PermissionCase{kDelete, true, 'f', 404},
                    PermissionCase{kDelete, false, 'o', 403}, PermissionCase{kVerifyByOtp, false, '-', 0},
                    PermissionCase{kVerifyByOtp, true, '-', 409},
                    PermissionCase{kReadIceServers, true, '-', 0},
                    PermissionCase{kReadIceServers, false, '-', 403}));

TEST(PermissionTest, AForeignTargetIsToldLikeAnUnknownOne) {
  const Peer actor{.id = PeerId{1}, .user = UserId{1}, .verified = true};
  const auto foreign = std::make_shared<Peer>(Peer{.id = PeerId{2}, .user = UserId{2}});
  for (const auto deed : {kVerify, kRename, kDelete})
    EXPECT_EQ(check_permission(actor, deed, foreign), check_permission(actor, deed, nullptr));
}

}  // namespace
}  // namespace signaling

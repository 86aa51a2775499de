#include "storage/peers.h"

#include <tuple>

#include "storage/otp_guesses.h"
#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class PeersTest : public RegistryTest {
 protected:
  AccountId alice_ = account("alice");
  AccountId bob_ = account("bob");
};

TEST_F(PeersTest, AddedPeerIsStoredWithAllThatWasSaid) {
  const auto id = must(add_peer(connection_,
                                {.account = alice_,
                                 .name = "laptop",
                                 .kind = "browser",
                                 .fingerprint = fingerprint_of("laptop"),
                                 .verified = true,
                                 .token = hash_of("token")},
                                kStamp));
  const Peer expected{.id = id,
                      .account = alice_,
                      .name = "laptop",
                      .kind = "browser",
                      .fingerprint = fingerprint_of("laptop"),
                      .verified_at = kNow,
                      .created_at = kNow};
  EXPECT_THAT(must(list_peers(connection_)), ElementsAre(expected));
  EXPECT_EQ(must(find_token(connection_, hash_of("token")))->peer, id);
}

TEST_F(PeersTest, WithoutMoreAPeerWaitsAndIsBoundToNothing) {
  const auto waiting = stored(peer(alice_, "laptop"));
  EXPECT_EQ(waiting.verified_at, std::nullopt);
  EXPECT_EQ(waiting.last_connect_at, std::nullopt);
  EXPECT_EQ(waiting.fingerprint, "");
  EXPECT_FALSE(waiting.legacy);
}

// Whoever has a token can prove itself, and what is only claimed counts no more.
TEST_F(PeersTest, ATokenMakesALegacyPeerOneLikeTheOthers) {
  const auto id = must(add_peer(connection_, {.account = alice_, .name = "old", .legacy = true}, kStamp));
  EXPECT_TRUE(stored(id).legacy);
  ASSERT_TRUE(add_token(connection_, {.hash = hash_of("first"), .holder = id}, kStamp));
  EXPECT_FALSE(stored(id).legacy);
}

TEST_F(PeersTest, PeerOfAUserMakesTheUserOrNothingAtAll) {
  const auto in_old = must(add_peer_of(connection_, "alice", {.name = "laptop"}, kStamp));
  EXPECT_EQ(stored(in_old).account, alice_);
  const auto in_new = must(add_peer_of(connection_, "carol", {.name = "laptop"}, kStamp));
  EXPECT_EQ(stored(in_new).account, must(find_account(connection_, "carol"))->id);
  const auto lines = audit().size();
  EXPECT_THAT(add_peer_of(connection_, "dave", {.name = "laptop", .verified = true, .max_peers = 0}, kStamp),
              FailsWith(Fault::kLimit));
  EXPECT_EQ(must(find_account(connection_, "dave")), std::nullopt);
  EXPECT_EQ(audit().size(), lines);
}

TEST_F(PeersTest, OccupancyTellsWhatStandsInTheWay) {
  peer(alice_, "laptop");
  must(add_peer(connection_, {.account = alice_, .name = "phone", .fingerprint = fingerprint_of("p")},
                kStamp));
  const auto of = [&](std::optional<AccountId> account, std::string_view name,
                      const std::string& fingerprint) {
    const auto found = must(read_occupancy(connection_, account, name, fingerprint));
    return std::tuple(found.peers, found.waiting, found.name_taken, found.fingerprint_taken);
  };
  verified_peer(alice_, "desk");
  EXPECT_EQ(of(alice_, "laptop", ""), std::tuple(1, 2, true, false));
  EXPECT_EQ(of(alice_, "tablet", fingerprint_of("p")), std::tuple(1, 2, false, true));
  EXPECT_EQ(of(bob_, "laptop", fingerprint_of("p")), std::tuple(0, 0, false, false));
  EXPECT_EQ(of(std::nullopt, "laptop", fingerprint_of("q")), std::tuple(0, 0, false, false));
}

TEST_F(PeersTest, NameIsUniqueWithinItsAccountOnly) {
  peer(alice_, "laptop");
  peer(bob_, "laptop");
  EXPECT_THAT(add_peer(connection_, {.account = alice_, .name = "laptop"}, kStamp),
              FailsWith(Fault::kConflict));
}

TEST_F(PeersTest, FingerprintIsUniqueWithinItsAccountAndAmongThoseWhoComeInByItAlone) {
  const auto fingerprint = fingerprint_of("x");
  must(add_peer(connection_, {.account = alice_, .name = "a", .fingerprint = fingerprint}, kStamp));
  EXPECT_THAT(add_peer(connection_, {.account = alice_, .name = "b", .fingerprint = fingerprint}, kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_THAT(bind_fingerprint(connection_, peer(alice_, "b"), fingerprint, kStamp),
              FailsWith(Fault::kConflict));
  must(add_peer(connection_, {.account = bob_, .name = "a", .fingerprint = fingerprint}, kStamp));
  const auto carol = account("carol");
  must(bind_fingerprint(connection_, peer(carol, "a"), fingerprint, kStamp));
  const auto legacy = [&](AccountId account, std::string_view name) {
    return add_peer(connection_,
                    {.account = account, .name = name, .fingerprint = fingerprint_of("y"), .legacy = true},
                    kStamp);
  };
  must(legacy(alice_, "old"));
  EXPECT_THAT(legacy(bob_, "old"), FailsWith(Fault::kConflict));
}

TEST_F(PeersTest, LimitCountsThePeersOfOneAccountAndIsFreedByRemoval) {
  const NewPeer third{.account = alice_, .name = "c", .verified = true, .max_peers = 2};
  const auto first = verified_peer(alice_, "a");
  verified_peer(alice_, "b");
  verified_peer(bob_, "x");
  EXPECT_THAT(add_peer(connection_, third, kStamp), FailsWith(Fault::kLimit));
  must(remove_peer(connection_, first, kStamp));
  must(add_peer(connection_, third, kStamp));
}

TEST_F(PeersTest, WhoWaitsHasABoundOfItsOwnAndTakesNoPlaceOfVerifiedOnes) {
  const NewPeer waiting{.account = alice_, .name = "w2", .max_peers = 1, .max_waiting = 1};
  verified_peer(alice_, "laptop");
  const auto first = must(
      add_peer(connection_, {.account = alice_, .name = "w1", .max_peers = 1, .max_waiting = 1}, kStamp));
  EXPECT_THAT(add_peer(connection_, waiting, kStamp), FailsWith(Fault::kLimit));
  EXPECT_THAT(verify_peer(connection_, first, kStamp, 1), FailsWith(Fault::kLimit));
  EXPECT_EQ(stored(first).verified_at, std::nullopt);
  must(verify_peer(connection_, first, kStamp, 2));
  must(verify_peer(connection_, first, kStamp, 0));  // as it is
  must(add_peer(connection_, waiting, kStamp));
}

TEST_F(PeersTest, WhoWaitsTooLongIsRemovedAndVerifiedOnesStay) {
  const auto waiting = peer(alice_, "waiting");
  must(add_token(connection_, {.hash = hash_of("t"), .holder = waiting}, kStamp));
  verified_peer(alice_, "laptop");
  EXPECT_EQ(must(remove_waiting_peers(connection_, kNow - std::chrono::seconds(1), 10, {"icebox", kNow})), 0);
  peer(bob_, "waiting");
  EXPECT_EQ(must(remove_waiting_peers(connection_, kNow, 1, {"icebox", kNow})), 1);
  EXPECT_EQ(must(remove_waiting_peers(connection_, kNow, 10, {"icebox", kNow})), 1);
  EXPECT_EQ(must(list_peers(connection_)).size(), 1u);
  EXPECT_EQ(must(find_token(connection_, hash_of("t"))), std::nullopt);
  EXPECT_EQ(audit().back(), "peer.remove bob/waiting");
}

TEST_F(PeersTest, WhoIsVerifiedTakesNameAndFingerprintFromWhoWaits) {
  const auto one = fingerprint_of("one"), two = fingerprint_of("two");
  const auto waits = [&](const char* name, std::string_view fingerprint) {
    return must(add_peer(connection_, {.account = alice_, .name = name, .fingerprint = fingerprint}, kStamp));
  };
  const auto laptop = verified_peer(alice_, "laptop");
  waits("phone", one);
  waits("bait", two);
  EXPECT_THAT(add_peer(connection_, {.account = alice_, .name = "phone"}, kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_THAT(add_peer(connection_, {.account = alice_, .name = "x", .fingerprint = one}, kStamp),
              FailsWith(Fault::kConflict));
  const NewPeer invited{.account = alice_, .name = "phone", .fingerprint = two, .verified = true};
  const auto phone = must(add_peer(connection_, invited, kStamp));
  EXPECT_EQ(must(list_peers(connection_)).size(), 2u);
  EXPECT_THAT(add_peer(connection_, invited, kStamp), FailsWith(Fault::kConflict));
  waits("desk", one);
  must(rename_peer(connection_, laptop, "desk", kStamp));
  waits("a", one);
  must(bind_fingerprint(connection_, laptop, one, kStamp));
  const auto three = fingerprint_of("three");
  const auto waiting = waits("b", three);
  must(replace_fingerprint(connection_, laptop, three, kStamp));
  EXPECT_EQ(must(find_peer(connection_, waiting)), std::nullopt);
  EXPECT_THAT(replace_fingerprint(connection_, phone, three, kStamp), FailsWith(Fault::kConflict));
  const auto other = waits("c", one);
  EXPECT_THAT(rename_peer(connection_, waits("d", ""), "c", kStamp), FailsWith(Fault::kConflict));
  EXPECT_TRUE(must(find_peer(connection_, other)));
}

TEST_F(PeersTest, WhoWaitsIsListedWithItsSourceUntilItIsVerified) {
  const auto from = [&](const char* name, std::string_view source) {
    return must(add_peer(connection_, {.account = alice_, .name = name, .source = source}, kStamp));
  };
  const auto phone = from("phone", "192.0.2.1"), tablet = from("tablet", "2001:db8::");
  must(add_peer(connection_, {.account = bob_, .name = "desk", .source = "192.0.2.1"}, kStamp));
  must(add_otp_failure(connection_, tablet, {1, kNow, kNow}, kStamp));
  const auto waiting = must(list_waiting_peers(connection_, alice_));
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].id, phone);
  EXPECT_EQ(waiting[0].source, "192.0.2.1");
  EXPECT_EQ(waiting[0].created_at, kNow);
  EXPECT_EQ(waiting[1].source, "2001:db8::");
  EXPECT_EQ(waiting[1].otp_failures, 1);
  must(verify_peer(connection_, phone, kStamp));
  EXPECT_EQ(must(list_waiting_peers(connection_, alice_)).size(), 1u);
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM peers WHERE registered_from = '192.0.2.1'")), 1);
  EXPECT_THAT(must(list_peer_names(connection_, alice_)), testing::UnorderedElementsAre("phone", "tablet"));
}

TEST_F(PeersTest, CommandsOfTheOperatorKeepOutOfAccountsThatRegisteredThemselves) {
  const auto admin = must(add_account(connection_, "admin", OpenInvitations::kLeave, kStamp));
  EXPECT_TRUE(snapshot()->find(admin)->self_registered);
  EXPECT_FALSE(snapshot()->find(alice_)->self_registered);
  EXPECT_THAT(add_peer_of(connection_, "admin", {.name = "laptop"}, kStamp), FailsWith(Fault::kConflict));
  must(add_peer_of(connection_, "admin", {.name = "laptop"}, kStamp, SelfRegistered::kAccept));
  NewInvitation invitation{
      .hash = hash_of("i"), .account = "admin", .expires_at = kNow + std::chrono::hours(1)};
  const auto refused = add_invitation(connection_, invitation, kStamp);
  EXPECT_THAT(refused, FailsWith(Fault::kConflict));
  EXPECT_THAT(refused.error().text, testing::HasSubstr("--self-registered"));
  invitation.self_registered = SelfRegistered::kAccept;
  must(add_invitation(connection_, invitation, kStamp));
  invitation = {.hash = hash_of("j"), .account = admin, .expires_at = kNow + std::chrono::hours(1)};
  must(add_invitation(connection_, invitation, kStamp));  // a peer's own
}

TEST_F(PeersTest, TokenThatIsTakenLeavesNoPeerBehind) {
  must(add_token(connection_, {.hash = hash_of("t"), .holder = alice_}, kStamp));
  const auto lines = audit();
  EXPECT_THAT(add_peer(connection_, {.account = bob_, .name = "x", .token = hash_of("t")}, kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_TRUE(must(list_peers(connection_)).empty());
  EXPECT_EQ(audit(), lines);
}

TEST_F(PeersTest, WhatIsOutsideItsBoundsIsRefused) {
  const std::string nul("a\0b", 3);
  const std::string long_name(256, 'x');
  const std::string long_kind(65, 'x');
  const std::string lower(64, 'a');
  const std::string odd = fingerprint_of("x").substr(1);
  for (const NewPeer& bad : {NewPeer{.account = alice_, .name = ""}, NewPeer{.account = alice_, .name = nul},
                             NewPeer{.account = alice_, .name = long_name},
                             NewPeer{.account = alice_, .name = "a", .kind = long_kind},
                             NewPeer{.account = alice_, .name = "a", .kind = nul},
                             NewPeer{.account = alice_, .name = "a", .fingerprint = lower},
                             NewPeer{.account = alice_, .name = "a", .fingerprint = odd}})
    EXPECT_THAT(add_peer(connection_, bad, kStamp), FailsWith(Fault::kInvalid));
  EXPECT_THAT(bind_fingerprint(connection_, peer(alice_, "a"), lower, kStamp), FailsWith(Fault::kInvalid));
}

TEST_F(PeersTest, NobodyThereIsNotFound) {
  const PeerId nobody{99};
  EXPECT_THAT(add_peer(connection_, {.account = AccountId{99}, .name = "a"}, kStamp),
              FailsWith(Fault::kNotFound));
  EXPECT_THAT(verify_peer(connection_, nobody, kStamp), FailsWith(Fault::kNotFound));
  EXPECT_THAT(rename_peer(connection_, nobody, "x", kStamp), FailsWith(Fault::kNotFound));
  EXPECT_THAT(remove_peer(connection_, nobody, kStamp), FailsWith(Fault::kNotFound));
  EXPECT_THAT(bind_fingerprint(connection_, nobody, fingerprint_of("x"), kStamp),
              FailsWith(Fault::kNotFound));
}

TEST_F(PeersTest, VerifyingAgainKeepsTheFirstTimeAndIsNotNoted) {
  const auto id = peer(alice_, "laptop");
  must(verify_peer(connection_, id, kStamp));
  must(verify_peer(connection_, id, {"alice/phone", kNow + 60s}));
  EXPECT_EQ(stored(id).verified_at, kNow);
  EXPECT_EQ(audit().back(), "peer.verify alice/laptop");
  EXPECT_EQ(must(list_audit(connection_, 1)).front().actor, "operator");
}

TEST_F(PeersTest, RenamedPeerKeepsAllElse) {
  const auto id = verified_peer(alice_, "laptop");
  auto expected = stored(id);
  expected.name = "desk";
  must(rename_peer(connection_, id, "desk", kStamp));
  EXPECT_EQ(stored(id), expected);
  EXPECT_EQ(audit().back(), "peer.rename alice/laptop (to desk)");
  verified_peer(alice_, "phone");
  EXPECT_THAT(rename_peer(connection_, id, "phone", kStamp), FailsWith(Fault::kConflict));
  EXPECT_THAT(rename_peer(connection_, id, "", kStamp), FailsWith(Fault::kInvalid));
}

TEST_F(PeersTest, RemovedPeerTakesItsTokensAndItsInvitationsWithIt) {
  const auto laptop = verified_peer(alice_, "laptop");
  must(add_token(connection_, {.hash = hash_of("t"), .holder = laptop}, kStamp));
  must(add_invitation(connection_,
                      {.hash = hash_of("i"), .account = alice_, .made_by = laptop, .expires_at = kNow + 60s},
                      kStamp));
  must(remove_peer(connection_, laptop, kStamp));
  EXPECT_EQ(must(find_token(connection_, hash_of("t"))), std::nullopt);
  EXPECT_THAT(redeem_invitation(connection_, {.invitation = hash_of("i"), .peer_name = "back"}, kStamp),
              FailsWith(Fault::kNotFound));
  EXPECT_EQ(audit().back(), "peer.remove alice/laptop");
}

TEST_F(PeersTest, FingerprintIsBoundOnce) {
  const auto id = peer(alice_, "laptop");
  must(bind_fingerprint(connection_, id, fingerprint_of("x"), kStamp));
  const auto lines = audit();
  must(bind_fingerprint(connection_, id, fingerprint_of("x"), kStamp));
  EXPECT_THAT(bind_fingerprint(connection_, id, fingerprint_of("y"), kStamp), FailsWith(Fault::kConflict));
  EXPECT_EQ(stored(id).fingerprint, fingerprint_of("x"));
  EXPECT_EQ(audit(), lines);
  EXPECT_EQ(lines.back(), "peer.bind alice/laptop (" + fingerprint_of("x") + ")");
}

TEST_F(PeersTest, FingerprintIsReplacedForWhoShowsTheToken) {
  const auto id = peer(alice_, "laptop");
  const auto other = peer(alice_, "phone");
  must(replace_fingerprint(connection_, id, fingerprint_of("x"), kStamp));
  must(replace_fingerprint(connection_, id, fingerprint_of("y"), kStamp));
  const auto lines = audit();
  must(replace_fingerprint(connection_, id, fingerprint_of("y"), kStamp));
  EXPECT_EQ(audit(), lines);
  EXPECT_EQ(lines.back(), "peer.bind alice/laptop (" + fingerprint_of("y") + ")");
  EXPECT_EQ(stored(id).fingerprint, fingerprint_of("y"));
  EXPECT_THAT(replace_fingerprint(connection_, other, fingerprint_of("y"), kStamp),
              FailsWith(Fault::kConflict));
  EXPECT_THAT(replace_fingerprint(connection_, other, "yy", kStamp), FailsWith(Fault::kInvalid));
  must(replace_fingerprint(connection_, other, fingerprint_of("x"), kStamp));  // nobody's any more
}

TEST_F(PeersTest, LastConnectionsAreWrittenTogetherAndNeverGoBack) {
  const auto laptop = peer(alice_, "laptop");
  const auto phone = peer(alice_, "phone");
  const auto lines = audit();
  const auto before = revision();
  const std::vector<PeerConnect> connects{
      {laptop, kNow + 9s}, {PeerId{99}, kNow}, {phone, kNow + 1s}, {laptop, kNow + 2s}};
  must(touch_last_connect(connection_, connects));
  EXPECT_EQ(stored(laptop).last_connect_at, kNow + 9s);
  EXPECT_EQ(stored(phone).last_connect_at, kNow + 1s);
  EXPECT_EQ(audit(), lines);
  EXPECT_EQ(revision(), before);
}

TEST_F(PeersTest, ErrorsTellNoStoredValue) {
  peer(alice_, "laptop");
  const auto added = add_peer(connection_, {.account = alice_, .name = "laptop"}, kStamp);
  EXPECT_THAT(added.error().text, testing::Not(testing::HasSubstr("laptop")));
}

class HostilePeerNameTest : public PeersTest, public testing::WithParamInterface<const char*> {};

TEST_P(HostilePeerNameTest, IsANameLikeAnyOther) {
  const auto bystander = peer(alice_, "bystander");
  const auto id =
      must(add_peer(connection_, {.account = alice_, .name = GetParam(), .kind = GetParam()}, kStamp));
  ASSERT_NE(snapshot()->find(alice_, GetParam()), nullptr);
  EXPECT_EQ(snapshot()->find(alice_, GetParam())->id, id);
  EXPECT_EQ(must(list_audit(connection_, 1)).front().subject, "alice/" + std::string(GetParam()));
  must(remove_peer(connection_, id, kStamp));
  EXPECT_EQ(must(list_peers(connection_)).front().id, bystander);
}

INSTANTIATE_TEST_SUITE_P(Names, HostilePeerNameTest,
                         testing::Values("'\";--%n", "x'); DROP TABLE peers; --", "?1", "%s%n", "\\", "a/b",
                                         "\xff\xfe not UTF-8", "a\nb", "NULL"));

}  // namespace
}  // namespace storage

#include "storage/peer_snapshot.h"

#include "base/bytes.h"
#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;

TEST(PeerSnapshotTest, EmptyOneKnowsNobody) {
  const PeerSnapshot snapshot;
  EXPECT_EQ(snapshot.find(PeerId{1}), nullptr);
  EXPECT_EQ(snapshot.find(AccountId{1}), nullptr);
  EXPECT_EQ(snapshot.find(AccountId{1}, "x"), nullptr);
  EXPECT_EQ(snapshot.find_account("x"), nullptr);
  EXPECT_TRUE(snapshot.find_fingerprint(fingerprint_of("x")).empty());
  EXPECT_FALSE(snapshot.find_bearer(hash_of("x"), kNow));
  EXPECT_TRUE(snapshot.peers_of(AccountId{1}).empty());
}

// A self-asserted fingerprint may be made to begin like another's.
TEST(PeerSnapshotTest, FingerprintsThatBeginAlikeAreToldApart) {
  std::vector<Peer> peers;
  for (int i = 0; i < 10; ++i)
    peers.push_back({.id = PeerId{i + 1},
                     .account = AccountId{1},
                     .name = std::to_string(i),
                     .fingerprint = std::string(63, 'A') + std::to_string(9 - i)});
  const PeerSnapshot snapshot(1, {{.id = AccountId{1}, .name = "a"}}, peers, {});
  for (const auto& peer : peers) {
    ASSERT_EQ(snapshot.find_fingerprint(peer.fingerprint).size(), 1u);
    EXPECT_EQ(snapshot.find_fingerprint(peer.fingerprint).front()->id, peer.id);
  }
  for (const auto& other : {std::string(64, 'A'), std::string(8, 'A'), std::string()})
    EXPECT_TRUE(snapshot.find_fingerprint(other).empty());
}

TEST(PeerSnapshotTest, AFingerprintThatSeveralUsersHaveIsFoundOfEach) {
  const std::string fingerprint(64, 'A');
  std::vector<Peer> peers;
  for (int i = 1; i <= 3; ++i)
    peers.push_back(
        {.id = PeerId{i}, .account = AccountId{i}, .name = "x", .fingerprint = i < 3 ? fingerprint : ""});
  const PeerSnapshot snapshot(1, {}, peers, {});
  EXPECT_EQ(snapshot.find_fingerprint(fingerprint).size(), 2u);
  EXPECT_EQ(snapshot.find_fingerprint(AccountId{2}, fingerprint)->id, PeerId{2});
  EXPECT_EQ(snapshot.find_fingerprint(AccountId{3}, fingerprint), nullptr);
}

class StoredSnapshotTest : public RegistryTest {};

TEST_F(StoredSnapshotTest, SingleChangesAreReadSingly) {
  const auto alice = account("alice");
  const auto laptop = verified_peer(alice, "laptop");
  const auto phone = peer(alice, "phone");
  must(add_token(connection_, {.hash = hash_of("t"), .holder = laptop}, kStamp));
  const auto before = snapshot();
  must(rename_peer(connection_, laptop, "desk", kStamp));
  must(rename_peer(connection_, laptop, "desktop", kStamp));
  must(bind_fingerprint(connection_, phone, fingerprint_of("p"), kStamp));
  must(verify_peer(connection_, phone, kStamp));
  const auto after = must(load_peer_changes(connection_, *before));
  EXPECT_THAT(after->touched_since(before->revision())->peers, testing::ElementsAre(laptop, phone));
  EXPECT_THAT(after->touched_since(before->revision())->tokens, testing::IsEmpty());
  EXPECT_EQ(after->revision(), revision());
  EXPECT_EQ(after->find(laptop)->name, "desktop");
  EXPECT_EQ(after->find(alice, "laptop"), nullptr);
  EXPECT_EQ(after->find(alice, "desktop")->id, laptop);
  EXPECT_EQ(after->find_fingerprint(alice, fingerprint_of("p"))->id, phone);
  EXPECT_EQ(after->find_bearer(hash_of("t"), kNow)->peer->name, "desktop");
  EXPECT_EQ(before->find(laptop)->name, "laptop");  // immutable
  EXPECT_TRUE(before->find_fingerprint(fingerprint_of("p")).empty());
}

TEST_F(StoredSnapshotTest, ChangesUponChangesCountInPlaceOfThem) {
  const auto alice = account("alice");
  const auto laptop = peer(alice, "a");
  const auto phone = peer(alice, "b");
  auto snapshot = must(load_peer_changes(connection_, PeerSnapshot()));
  for (const auto* spare : {"c", "d"}) {  // they exchange their names, twice
    const auto [first, second] = std::pair(snapshot->find(laptop)->name, snapshot->find(phone)->name);
    must(rename_peer(connection_, laptop, spare, kStamp));
    must(rename_peer(connection_, phone, first, kStamp));
    must(rename_peer(connection_, laptop, second, kStamp));
    const auto next = must(load_peer_changes(connection_, *snapshot));
    EXPECT_TRUE(next->touched_since(snapshot->revision()));
    EXPECT_EQ(next->find(alice, first)->id, phone);
    EXPECT_EQ(next->find(alice, second)->id, laptop);
    EXPECT_EQ(next->find(alice, spare), nullptr);
    snapshot = next;
  }
}

// What a client can cause, and what an operator does to a user: nothing of it wants everything read again.
TEST_F(StoredSnapshotTest, WhoComesAndGoesIsReadSingly) {
  const auto alice = account("alice");
  const auto laptop = peer(alice, "laptop");
  const std::function<void()> changes[] = {
      [&] { peer(alice, "new"); },
      [&] { must(remove_peer(connection_, peer(alice, "other"), kStamp)); },
      [&] { must(remove_waiting_peers(connection_, kNow, 1, kStamp)); },
      [&] { must(add_token(connection_, {.hash = hash_of("t"), .holder = alice}, kStamp)); },
      [&] { must(revoke_token(connection_, hash_of("t"), kStamp)); },
      [&] { account("bob"); },
      [&] { must(remove_account(connection_, alice, kStamp)); }};
  for (const auto& change : changes) {
    const auto before = snapshot();
    change();
    const auto after = must(load_peer_changes(connection_, *before));
    EXPECT_TRUE(after->touched_since(before->revision()));
    EXPECT_EQ(after->peer_count(), snapshot()->peer_count());
  }
  EXPECT_EQ(snapshot()->find(laptop), nullptr);
}

TEST_F(StoredSnapshotTest, EveryPeerIsFoundInEveryWay) {
  for (int i = 0; i < 50; ++i) {
    const auto owner = account("user" + std::to_string(99 - i));
    for (int j = 0; j < 4; ++j) {
      const auto seed = std::to_string(i) + "/" + std::to_string(j);
      must(add_peer(connection_,
                    {.account = owner,
                     .name = "peer" + std::to_string(9 - j),
                     .fingerprint = fingerprint_of(seed),
                     .token = hash_of(seed)},
                    kStamp));
    }
  }
  const auto all = snapshot();
  ASSERT_EQ(all->peers().size(), 200u);
  for (const auto* peer : all->peers()) {
    EXPECT_EQ(all->find(peer->id), peer);
    EXPECT_EQ(all->find(peer->account, peer->name), peer);
    EXPECT_EQ(all->find_fingerprint(peer->account, peer->fingerprint), peer);
    EXPECT_EQ(all->peers_of(peer->account).size(), 4u);
    EXPECT_EQ(all->find_account(all->find(peer->account)->name)->id, peer->account);
  }
  for (int i = 0; i < 50; ++i) {
    const auto seed = std::to_string(i) + "/2";
    const auto bearer = all->find_bearer(hash_of(seed), kNow);
    ASSERT_TRUE(bearer);
    EXPECT_EQ(bearer->peer->fingerprint, fingerprint_of(seed));
    EXPECT_EQ(bearer->account->id, bearer->peer->account);
  }
}

TEST_F(StoredSnapshotTest, BearerIsAPeerOrAnAccountUntilTheTokenExpires) {
  const auto alice = account("alice");
  const auto laptop = peer(alice, "laptop");
  must(add_token(connection_, {hash_of("peer"), laptop, kNow + 60s}, kStamp));
  must(add_token(connection_, {hash_of("account"), alice, {}}, kStamp));
  must(add_invitation(connection_, {.hash = hash_of("i"), .account = alice, .expires_at = kNow + 60s},
                      kStamp));
  const auto all = snapshot();
  EXPECT_EQ(all->find_bearer(hash_of("peer"), kNow + 59s)->peer->id, laptop);
  EXPECT_FALSE(all->find_bearer(hash_of("peer"), kNow + 60s));
  EXPECT_EQ(all->find_bearer(hash_of("account"), kNow)->peer, nullptr);
  EXPECT_EQ(all->find_bearer(hash_of("account"), kNow)->account->id, alice);
  EXPECT_FALSE(all->find_bearer(hash_of("i"), kNow)) << "an invitation is no bearer token";
}

TEST_F(StoredSnapshotTest, TellsWhichPeersLostATokenToALaterOne) {
  const auto alice = account("alice");
  std::vector<PeerId> peers;
  for (int i = 0; i < 4; ++i) {
    peers.push_back(peer(alice, "peer" + std::to_string(i)));
    for (int j = 0; j < 10; ++j)
      must(add_token(connection_, {.hash = hash_of(std::to_string(i * 10 + j)), .holder = peers.back()},
                     kStamp));
  }
  must(add_token(connection_, {.hash = hash_of("account"), .holder = alice}, kStamp));
  const auto before = snapshot();
  must(revoke_token(connection_, hash_of("12"), kStamp));
  must(revoke_token(connection_, hash_of("13"), kStamp));
  must(revoke_token(connection_, hash_of("account"), kStamp));
  must(remove_peer(connection_, peers[3], kStamp));
  must(add_token(connection_, {.hash = hash_of("new"), .holder = peers[0]}, kStamp));
  const auto after = snapshot();
  EXPECT_THAT(before->peers_with_tokens_gone(kNow, *after, kNow), testing::ElementsAre(peers[1], peers[3]));
  EXPECT_THAT(after->peers_with_tokens_gone(kNow, *after, kNow), testing::IsEmpty());
  EXPECT_THAT(after->peers_with_tokens_gone(kNow, *before, kNow), testing::ElementsAre(peers[0]));
  EXPECT_THAT(PeerSnapshot().peers_with_tokens_gone(kNow, *after, kNow), testing::IsEmpty());
}

TEST_F(StoredSnapshotTest, ATokenThatExpiresIsGoneFromThatSecondOnAndOnce) {
  const auto alice = account("alice");
  const auto laptop = peer(alice, "laptop");
  const auto phone = peer(alice, "phone");
  must(
      add_token(connection_, {.hash = hash_of("first"), .holder = laptop, .expires_at = kNow + 60s}, kStamp));
  must(
      add_token(connection_, {.hash = hash_of("second"), .holder = phone, .expires_at = kNow + 90s}, kStamp));
  must(add_token(connection_, {.hash = hash_of("lasting"), .holder = phone}, kStamp));
  must(add_token(connection_, {.hash = hash_of("account"), .holder = alice, .expires_at = kNow + 70s},
                 kStamp));
  const auto all = snapshot();
  EXPECT_EQ(all->next_expiry(kNow), kNow + 60s);
  EXPECT_THAT(all->peers_with_tokens_gone(kNow, *all, kNow + 59s), testing::IsEmpty());
  EXPECT_THAT(all->peers_with_tokens_gone(kNow, *all, kNow + 60s), testing::ElementsAre(laptop));
  EXPECT_THAT(all->peers_with_tokens_gone(kNow + 60s, *all, kNow + 89s), testing::IsEmpty());
  EXPECT_EQ(all->next_expiry(kNow + 60s), kNow + 70s);
  EXPECT_THAT(all->peers_with_tokens_gone(kNow + 60s, *all, kNow + 90s), testing::ElementsAre(phone));
  EXPECT_EQ(all->next_expiry(kNow + 90s), std::nullopt);
}

TEST_F(StoredSnapshotTest, ATokensFirstOctetsTellWhetherItIsStillGood) {
  const auto laptop = peer(account("alice"), "laptop");
  const auto hash = hash_of("token");
  const auto prefix = base::load_be64(hash.data());
  must(add_token(connection_, {.hash = hash, .holder = laptop, .expires_at = kNow + 60s}, kStamp));
  EXPECT_TRUE(snapshot()->has_bearer(laptop, prefix, kNow));
  EXPECT_FALSE(snapshot()->has_bearer(laptop, prefix, kNow + 60s));
  EXPECT_FALSE(snapshot()->has_bearer(laptop, prefix + 1, kNow));
  EXPECT_FALSE(snapshot()->has_bearer(PeerId{99}, prefix, kNow));
  must(revoke_token(connection_, hash, kStamp));
  EXPECT_FALSE(snapshot()->has_bearer(laptop, prefix, kNow));
}

TEST_F(StoredSnapshotTest, RevisionGrowsWithWhatItHoldsAndWithNothingElse) {
  auto seen = revision();
  const auto grew = [&] { return std::exchange(seen, revision()) != seen; };
  const auto alice = account("alice");
  EXPECT_TRUE(grew());
  const auto laptop = peer(alice, "laptop");
  EXPECT_TRUE(grew());
  must(verify_peer(connection_, laptop, kStamp));
  EXPECT_TRUE(grew());
  must(rename_peer(connection_, laptop, "desk", kStamp));
  EXPECT_TRUE(grew());
  must(bind_fingerprint(connection_, laptop, fingerprint_of("x"), kStamp));
  EXPECT_TRUE(grew());
  must(add_token(connection_, {hash_of("t"), laptop, {}}, kStamp));
  EXPECT_TRUE(grew());
  must(revoke_token(connection_, hash_of("t"), kStamp));
  EXPECT_TRUE(grew());
  must(set_otp_secret(connection_, alice, std::vector<uint8_t>(20), kStamp));
  EXPECT_TRUE(grew());
  must(add_invitation(connection_, {.hash = hash_of("i"), .account = alice, .expires_at = kNow}, kStamp));
  EXPECT_FALSE(grew());
  must(remember_otp_step(connection_, alice, 5));
  EXPECT_FALSE(grew());
  must(purge_tokens(connection_, kNow - 1s, 10));
  EXPECT_FALSE(grew());
  must(remove_peer(connection_, laptop, kStamp));
  EXPECT_TRUE(grew());
  must(remove_account(connection_, alice, kStamp));
  EXPECT_TRUE(grew());
}

}  // namespace
}  // namespace storage

// A snapshot kept by single changes is the one that reading everything gives, whatever has happened.
#include <random>

#include "storage/batch.h"
#include "storage/peer_snapshot.h"
#include "storage/transaction.h"
#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using namespace std::chrono_literals;

// Last connections are no changes: a snapshot holds them as they were when the peer was read.
Peer without_connect(Peer peer) {
  peer.last_connect_at = {};
  return peer;
}

// Everything that can be asked of both is answered the same.
void expect_same(const PeerSnapshot& kept, const PeerSnapshot& fresh) {
  ASSERT_EQ(kept.revision(), fresh.revision());
  const auto equal = [](const auto* a, const auto* b) { return a && b ? *a == *b : a == b; };
  EXPECT_TRUE(std::ranges::equal(kept.accounts(), fresh.accounts(), equal));
  EXPECT_TRUE(std::ranges::equal(kept.tokens(), fresh.tokens(), equal));
  EXPECT_TRUE(std::ranges::equal(kept.peers(), fresh.peers(), [](const Peer* a, const Peer* b) {
    return without_connect(*a) == without_connect(*b);
  }));
  EXPECT_EQ(kept.peer_count(), fresh.peers().size());
  EXPECT_EQ(kept.next_expiry(kNow), fresh.next_expiry(kNow));
  for (const auto* account : fresh.accounts()) {
    EXPECT_TRUE(equal(kept.find(account->id), account));
    EXPECT_TRUE(equal(kept.find_account(account->name), account));
    EXPECT_EQ(kept.peers_of(account->id).size(), fresh.peers_of(account->id).size());
  }
  for (const auto* peer : fresh.peers()) {
    ASSERT_TRUE(kept.find(peer->id));
    EXPECT_EQ(kept.find(peer->account, peer->name)->id, peer->id);
    EXPECT_EQ(kept.find_fingerprint(peer->fingerprint).size(),
              fresh.find_fingerprint(peer->fingerprint).size());
    if (!peer->fingerprint.empty()) {
      EXPECT_EQ(kept.find_fingerprint(peer->account, peer->fingerprint)->id, peer->id);
    }
  }
  for (const auto* token : fresh.tokens())
    EXPECT_EQ(kept.find_bearer(token->hash, kNow).has_value(),
              fresh.find_bearer(token->hash, kNow).has_value());
}

// As two lists of tokens tell it.
std::vector<PeerId> tokens_gone(const PeerSnapshot& before, base::WallTime then, const PeerSnapshot& after,
                                base::WallTime now) {
  std::set<PeerId> gone;
  for (const auto* token : before.tokens()) {
    const auto* peer = std::get_if<PeerId>(&token->holder);
    const auto left = after.tokens();
    const bool is_good = std::ranges::any_of(
        left, [&](const auto* one) { return one->hash == token->hash && one->is_valid(now); });
    if (peer && token->is_valid(then) && !is_good) gone.insert(*peer);
  }
  return {gone.begin(), gone.end()};
}

// Users, names, fingerprints and tokens so few that they come, go and come again.
class World {
 public:
  World(const std::filesystem::path& directory, unsigned seed)
      : directory_(directory), numbers_(seed), connection_(must(open_database(directory))) {}

  Connection& connection() { return connection_; }
  unsigned below(unsigned bound) { return static_cast<unsigned>(numbers_() % bound); }

  // One transaction or a batch of them; some are lost, some jobs of a batch fail, now and then the process
  // starts anew.
  void go_on() {
    switch (below(12)) {
      case 0:
        return restart();
      case 1:
        return lose_batch();
      case 2:
      case 3:
      case 4:
        return carry_out_batch();
      default:
        static_cast<void>(change(connection_));
    }
  }

 private:
  void restart() {
    auto again = must(open_database(directory_));
    connection_ = std::move(again);
  }
  void lose_batch() {
    auto transaction = Transaction::begin_write(connection_);
    for (unsigned i = below(6); i > 0; --i) static_cast<void>(change(connection_));
  }
  void carry_out_batch() {
    std::vector<Job> jobs;
    for (unsigned i = 1 + below(6); i > 0; --i) {
      jobs.emplace_back([this, fails = below(4) == 0](Connection& connection) -> Outcome {
        static_cast<void>(change(connection));
        if (!fails) return change(connection);
        return std::unexpected(StorageError{Fault::kConflict, "changed its mind"});
      });
    }
    static_cast<void>(run_batch(connection_, jobs));
  }

  template <typename Id>
  Id any(Connection& connection, Sql sql) {
    return Id{must(connection.number(sql, {static_cast<int64_t>(below(50))}))};
  }
  PeerId any_peer(Connection& connection) {
    return any<PeerId>(connection,
                       "SELECT id FROM peers LIMIT 1 OFFSET ?1 % max(1, (SELECT count(*) FROM peers))");
  }
  AccountId any_account(Connection& connection) {
    return any<AccountId>(
        connection, "SELECT id FROM accounts LIMIT 1 OFFSET ?1 % max(1, (SELECT count(*) FROM accounts))");
  }
  std::string name() { return "name" + std::to_string(below(5)); }
  std::string user() { return "user" + std::to_string(below(4)); }
  std::string fingerprint() { return fingerprint_of(std::to_string(below(4))); }
  TokenHash hash() { return hash_of(std::to_string(below(30))); }
  std::optional<base::WallTime> expiry() {
    return below(3) ? std::nullopt : std::optional(kNow + std::chrono::seconds(below(5)) - 2s);
  }

  // Whether it is refused does not matter.
  Outcome change(Connection& connection) {
    const auto forget = [](auto result) { return result ? Outcome{} : std::unexpected(result.error()); };
    const auto peer = any_peer(connection);
    const AuditStamp stamp{"operator", kNow};
    switch (below(20)) {
      case 0:
        return forget(add_account(connection, user(),
                                  below(2) ? OpenInvitations::kAdopt : OpenInvitations::kLeave, stamp));
      case 1:
        return below(3) ? Outcome{} : remove_account(connection, any_account(connection), stamp);
      case 2:
        return set_otp_secret(connection, any_account(connection), std::vector<uint8_t>(16 + below(9)),
                              stamp);
      case 3:
        return rename_peer(connection, peer, name(), stamp);
      case 4:
        return bind_fingerprint(connection, peer, fingerprint(), stamp);
      case 5:
        return replace_fingerprint(connection, peer, fingerprint(), stamp);
      case 6:
        return verify_peer(connection, peer, stamp);
      case 7:
        return revoke_token(connection, hash(), stamp);
      case 8:
        return forget(revoke_tokens_of(connection, peer, stamp));
      case 9:
        return forget(replace_tokens_of(connection, peer, hash(), stamp));
      case 10:
        return forget(purge_tokens(connection, kNow - 1s + std::chrono::seconds(below(3)), 1 + below(5)));
      case 11:
        return below(4) ? Outcome{} : forget(remove_waiting_peers(connection, kNow, 1 + below(4), stamp));
      case 12:
        return add_invitation(connection,
                              {.hash = hash(), .account = any_account(connection), .expires_at = kNow + 60s},
                              stamp);
      case 13: {
        const auto name_of_peer = name();
        return forget(redeem_invitation(
            connection, {.invitation = hash(), .peer_name = name_of_peer, .token = hash()}, stamp));
      }
      case 14:
        return add_token(connection, {.hash = hash(), .holder = peer, .expires_at = expiry()}, stamp);
      case 15:
        return add_token(connection,
                         {.hash = hash(), .holder = any_account(connection), .expires_at = expiry()}, stamp);
      case 16:
        return remove_peer(connection, peer, stamp);
      case 17: {
        const PeerConnect connect{peer, kNow + std::chrono::seconds(below(9))};
        return touch_last_connect(connection, std::span(&connect, 1));
      }
      default: {
        const auto [print, name_of_peer] = std::pair(below(2) ? fingerprint() : "", name());
        return forget(add_peer(connection,
                               {.account = any_account(connection),
                                .name = name_of_peer,
                                .fingerprint = print,
                                .verified = below(2) == 0,
                                .legacy = below(3) == 0,
                                .token = below(2) ? std::optional(hash()) : std::nullopt},
                               stamp));
      }
    }
  }

  std::filesystem::path directory_;
  std::mt19937 numbers_;
  Connection connection_;
};

class RegistryChangesTest : public testing::TestWithParam<unsigned> {
 protected:
  // Takes over what has changed, and looks whether that is the truth.
  void look(std::shared_ptr<const PeerSnapshot>& kept) {
    const auto next = must(load_peer_changes(world_.connection(), *kept));
    expect_same(*next, *must(load_peer_snapshot(world_.connection())));
    EXPECT_TRUE(next->touched_since(kept->revision())) << "all was read again";
    const auto then = kNow - 2s + std::chrono::seconds(world_.below(5));
    const auto now = kNow - 2s + std::chrono::seconds(world_.below(5));
    EXPECT_EQ(kept->peers_with_tokens_gone(then, *next, now), tokens_gone(*kept, then, *next, now));
    kept = next;
  }

  TemporaryDirectory directory_;
  World world_{directory_.path(), GetParam()};
};

TEST_P(RegistryChangesTest, KeptSnapshotsAreWhatReadingEverythingGives) {
  static_cast<void>(must(add_account(world_.connection(), "first", OpenInvitations::kAdopt, kStamp)));
  auto often = must(load_peer_snapshot(world_.connection()));
  auto seldom = often;
  for (int i = 0; i < 300 && !HasFailure(); ++i) {
    world_.go_on();
    look(often);
    if (world_.below(25) == 0) look(seldom);
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, RegistryChangesTest, testing::Range(1u, 9u));

class ChangeLogTest : public RegistryTest {};

TEST_F(ChangeLogTest, HoldsTheNewestChangesAndNoMore) {
  const auto laptop = peer(account("alice"), "laptop");
  const auto before = snapshot();
  must(connection_.execute("BEGIN"));
  for (int i = 0; i < 4096; ++i) must(rename_peer(connection_, laptop, "x" + std::to_string(i), kStamp));
  must(connection_.execute("COMMIT"));
  const auto after = must(load_peer_changes(connection_, *before));
  EXPECT_TRUE(after->touched_since(before->revision()));
  must(rename_peer(connection_, laptop, "last", kStamp));
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM registry_changes")), 4096);
  const auto whole = must(load_peer_changes(connection_, *before));
  EXPECT_FALSE(whole->touched_since(before->revision())) << "the first change is not noted any more";
  expect_same(*whole, *snapshot());
  expect_same(*must(load_peer_changes(connection_, *after)), *whole);
}

// The storage thread and the one that looks for others' writes may both read upon the same snapshot.
TEST_F(ChangeLogTest, StepsThatOverlapTellOfAllThatChanged) {
  const auto alice = account("alice");
  const auto first = peer(alice, "first");
  const auto before = snapshot();
  must(rename_peer(connection_, first, "a", kStamp));
  const auto early = must(load_peer_changes(connection_, *before));
  const auto second = peer(alice, "second");
  const auto late = must(load_peer_changes(connection_, *before));
  EXPECT_THAT(late->touched_since(early->revision())->peers, testing::ElementsAre(first, second));
}

TEST_F(ChangeLogTest, WhoLooksTooSeldomIsToldSo) {
  const auto laptop = peer(account("alice"), "laptop");
  const auto first = snapshot();
  auto newest = first;
  for (int i = 0; i < 257; ++i) {
    must(rename_peer(connection_, laptop, "x" + std::to_string(i), kStamp));
    const auto before = newest;
    newest = must(load_peer_changes(connection_, *before));
    ASSERT_TRUE(newest->touched_since(before->revision()));
  }
  EXPECT_FALSE(newest->touched_since(first->revision()));
  EXPECT_TRUE(newest->touched_since(first->revision() + 1));
}

// A server of the schema before, still running, must not take what is not noted there for no change.
TEST_F(ChangeLogTest, TheOldLogIsEmpty) {
  const auto alice = account("alice");
  must(remove_peer(connection_, peer(alice, "laptop"), kStamp));
  must(rename_peer(connection_, peer(alice, "phone"), "other", kStamp));
  EXPECT_EQ(must(connection_.number("SELECT count(*) FROM peer_changes")), 0);
}

TEST_F(ChangeLogTest, WhatNobodySeesIsNoChange) {
  const auto laptop = peer(account("alice"), "laptop");
  must(add_token(connection_, {.hash = hash_of("t"), .holder = laptop}, kStamp));
  must(revoke_token(connection_, hash_of("t"), kStamp));
  const auto before = revision();
  EXPECT_EQ(must(purge_tokens(connection_, kNow, 10)), 1);
  EXPECT_EQ(revision(), before) << "it was revoked, and had gone then";
}

}  // namespace
}  // namespace storage

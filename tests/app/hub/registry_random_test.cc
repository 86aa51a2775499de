// The registry that follows storage change by change is the one that a new start would make.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <random>

#include "app/hub/peer_registry.h"
#include "storage/accounts.h"
#include "storage/database.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/store.h"
#include "storage/tokens.h"

namespace app::hub {
namespace {

using storage::AccountId;
using storage::Connection;
using storage::Outcome;
using storage::PeerId;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr storage::AuditStamp kStamp{"operator", kNow};
constexpr unsigned kUsers = 3;

class Directory {
 public:
  Directory() {
    std::string path = std::filesystem::temp_directory_path() / "icebox-registry-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class RegistryRandomTest : public testing::TestWithParam<unsigned> {
 protected:
  RegistryRandomTest() : store_(*storage::Store::open(directory_.path())), numbers_(GetParam()) {}

  unsigned below(unsigned bound) { return static_cast<unsigned>(numbers_() % bound); }
  std::string name() { return "name" + std::to_string(below(4)); }
  std::string fingerprint() { return std::string(64, "ABC"[below(3)]); }
  storage::TokenHash hash() { return {static_cast<uint8_t>(below(20))}; }

  static PeerId nth_peer(Connection& connection, unsigned n) {
    return PeerId{*connection.number(
        "SELECT id FROM peers LIMIT 1 OFFSET ?1 % max(1, (SELECT count(*) FROM peers))", {int64_t{n}})};
  }

  // Whether it is refused does not matter; that a batch is run twice does not either.
  storage::Job change() {
    const auto [verb, n, user, named, print, token] = std::tuple(
        below(10), below(50), "user" + std::to_string(below(kUsers)), name(), fingerprint(), hash());
    return [=](Connection& connection) -> Outcome {
      const auto peer = nth_peer(connection, n);
      const auto forget = [](auto result) { return result ? Outcome{} : std::unexpected(result.error()); };
      switch (verb) {
        case 0:
          return storage::remove_peer(connection, peer, kStamp);
        case 1:
          return storage::rename_peer(connection, peer, named, kStamp);
        case 2:
          return storage::replace_fingerprint(connection, peer, print, kStamp);
        case 3:
          return storage::verify_peer(connection, peer, kStamp);
        case 4:
          return forget(storage::replace_tokens_of(connection, peer, token, kStamp));
        case 5:
          return storage::revoke_token(connection, token, kStamp);
        case 6: {
          const auto account = storage::find_account(connection, user);
          return n % 8 || !account || !*account ? Outcome{}
                                                : storage::remove_account(connection, (*account)->id, kStamp);
        }
        default:
          return forget(storage::add_peer_of(connection, user,
                                             {.name = named,
                                              .fingerprint = n % 2 ? std::string_view(print) : "",
                                              .verified = n % 3 == 0,
                                              .token = token},
                                             kStamp));
      }
    };
  }

  // From the storage thread, many at once, or from another process.
  void go_on() {
    if (below(4) == 0) {
      auto other = *storage::open_database(directory_.path());
      static_cast<void>(change()(other));
      EXPECT_TRUE(store_->refresh_if_changed());
      return;
    }
    std::vector<std::future<Outcome>> written;
    for (unsigned i = 1 + below(5); i > 0; --i) written.push_back(store_->submit(change()));
    for (auto& one : written) static_cast<void>(one.get());
  }

  // What the hub heard of: each change begins where the one before it ended.
  void hear(const std::vector<signaling::PeerChange>& changes) {
    for (const auto& [before, after] : changes) {
      const auto id = before ? before->id : after->id;
      EXPECT_EQ(heard_[id], before);
      heard_[id] = after;
    }
    std::erase_if(heard_, [](const auto& one) { return !one.second; });
  }

  void expect_same(const PeerRegistry& kept) {
    storage::CurrentPeers read;
    read.publish(*storage::load_peer_snapshot(store_->reader()));
    const PeerRegistry fresh(base::SipHashKey{3, 4}, read, kNow);
    ASSERT_EQ(kept.table().size(), fresh.table().size());
    EXPECT_EQ(heard_.size(), kept.table().size());
    for (const auto* stored : fresh.snapshot().peers()) {
      const signaling::PeerId id{static_cast<int64_t>(stored->id)};
      const auto peer = kept.table().find(id);
      ASSERT_TRUE(peer);
      EXPECT_EQ(*peer, *fresh.table().find(id));
      EXPECT_EQ(heard_[id], peer);
      EXPECT_EQ(kept.table().find_name(peer->user, peer->name), peer);
      if (!peer->fingerprint.empty()) {
        EXPECT_EQ(kept.table().find_fingerprint(peer->user, peer->fingerprint), peer);
      }
      EXPECT_EQ(kept.table().peers_of(peer->user).size(), fresh.table().peers_of(peer->user).size());
    }
  }

  Directory directory_;
  std::unique_ptr<storage::Store> store_;
  std::mt19937 numbers_;
  std::map<signaling::PeerId, signaling::PeerRef> heard_;
};

TEST_P(RegistryRandomTest, FollowsWhateverHappensWithoutTakingAllOver) {
  PeerRegistry registry(base::SipHashKey{1, 2}, store_->peers(), kNow);
  for (int i = 0; i < 150 && !HasFailure(); ++i) {
    go_on();
    if (below(3) == 0) continue;  // several snapshots have gone by then
    const auto changes = registry.refresh(kNow);
    EXPECT_TRUE(changes.looked_at);
    hear(changes.peers);
    expect_same(registry);
  }
  EXPECT_EQ(registry.reloads().value(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seed, RegistryRandomTest, testing::Range(1u, 5u));

}  // namespace
}  // namespace app::hub

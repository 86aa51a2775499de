#include "app/hub/peer_registry.h"

#include <gmock/gmock.h>

namespace app::hub {
namespace {

using namespace std::chrono_literals;
using storage::PeerId;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::WallTime kNow{1'700'000'000s};
constexpr PeerId kLaptop{1};
constexpr PeerId kPhone{2};

struct Stored {
  PeerId peer;
  uint8_t hash;
  std::optional<base::WallTime> expires_at;
};

// Ann's laptop and phone, and their tokens.
std::shared_ptr<const storage::PeerSnapshot> snapshot(uint64_t revision, const std::vector<Stored>& tokens) {
  const storage::AccountId ann{1};
  std::vector<storage::BearerToken> bearers;
  for (const auto& [peer, hash, expires_at] : tokens)
    bearers.push_back({.hash = {hash}, .holder = peer, .expires_at = expires_at});
  return std::make_shared<storage::PeerSnapshot>(
      revision, std::vector<storage::Account>{{.id = ann, .name = "ann"}},
      std::vector<storage::Peer>{{.id = kLaptop, .account = ann, .name = "laptop"},
                                 {.id = kPhone, .account = ann, .name = "phone"}},
      bearers);
}

class PeerRegistryTest : public testing::Test {
 protected:
  std::vector<PeerId> gone_at(base::WallTime now) { return registry_->refresh(now).with_tokens_gone; }
  void begin(const std::vector<Stored>& tokens, base::WallTime now = kNow) {
    newest_.publish(snapshot(1, tokens));
    registry_.emplace(base::SipHashKey{1, 2}, newest_, now);
  }

  storage::CurrentPeers newest_;
  std::optional<PeerRegistry> registry_;
};

TEST_F(PeerRegistryTest, TokensThatExpireAreToldOfOnceEachAtTheirTime) {
  begin({{kLaptop, 1, kNow + 10s}, {kPhone, 2, kNow + 20s}, {kPhone, 3, std::nullopt}});
  EXPECT_THAT(gone_at(kNow + 9s), IsEmpty());
  EXPECT_THAT(gone_at(kNow + 10s), ElementsAre(kLaptop));
  EXPECT_THAT(gone_at(kNow + 19s), IsEmpty());
  EXPECT_THAT(gone_at(kNow + 25s), ElementsAre(kPhone)) << "late, but not lost";
  EXPECT_THAT(gone_at(kNow + 100h), IsEmpty());
}

TEST_F(PeerRegistryTest, AChangedPeerIsToldOfAndNobodyElse) {
  begin({{kLaptop, 1, std::nullopt}, {kPhone, 2, kNow + 10s}});
  const auto publish_changed = [&](uint64_t revision, PeerId peer, const char* name) {
    newest_.publish(std::make_shared<const storage::PeerSnapshot>(
        revision, *newest_.load(),
        storage::RegistryChanges{
            .peers = {{peer, storage::Peer{.id = peer, .account = storage::AccountId{1}, .name = name}}}}));
  };
  registry_->note_connect(signaling::PeerId{1}, kNow);
  publish_changed(2, kLaptop, "desk");
  auto changes = registry_->refresh(kNow + 1s);
  ASSERT_EQ(changes.peers.size(), 1u);
  EXPECT_EQ(changes.peers[0].before->name, "laptop");
  EXPECT_EQ(changes.peers[0].after->name, "desk");
  EXPECT_EQ(changes.peers[0].after->last_connect_at, kNow) << "storage does not know yet";
  EXPECT_THAT(changes.with_tokens_gone, IsEmpty());
  publish_changed(3, kPhone, "tablet");
  changes = registry_->refresh(kNow + 10s);  // and its token has expired
  ASSERT_EQ(changes.peers.size(), 1u) << "the laptop has changed before";
  EXPECT_EQ(changes.peers[0].after->name, "tablet");
  EXPECT_THAT(changes.with_tokens_gone, ElementsAre(kPhone));
  EXPECT_EQ(registry_->reloads().value(), 0u);
}

TEST_F(PeerRegistryTest, WhoGoesIsToldOfBeforeWhoTakesItsName) {
  begin({{kLaptop, 1, std::nullopt}, {kPhone, 2, std::nullopt}});
  const PeerId heir{3};
  newest_.publish(std::make_shared<const storage::PeerSnapshot>(
      2, *newest_.load(),
      storage::RegistryChanges{
          .peers = {{kPhone, std::nullopt},
                    {heir, storage::Peer{.id = heir, .account = storage::AccountId{1}, .name = "phone"}}},
          .tokens = {{storage::TokenHash{2}, std::nullopt}}}));
  const auto changes = registry_->refresh(kNow);
  ASSERT_EQ(changes.peers.size(), 2u);
  EXPECT_EQ(changes.peers[0].after, nullptr);
  EXPECT_EQ(changes.peers[1].before, nullptr);
  EXPECT_EQ(registry_->table().find_name(signaling::UserId{1}, "phone")->id, signaling::PeerId{3});
  EXPECT_THAT(changes.with_tokens_gone, ElementsAre(kPhone));
  EXPECT_EQ(registry_->reloads().value(), 0u);
}

TEST_F(PeerRegistryTest, WhereItIsNotKnownWhatChangedAllIsTakenOverAndCounted) {
  begin({{kLaptop, 1, std::nullopt}});
  newest_.publish(snapshot(2, {}));
  const auto changes = registry_->refresh(kNow);
  EXPECT_FALSE(changes.looked_at);
  EXPECT_THAT(changes.with_tokens_gone, ElementsAre(kLaptop));
  EXPECT_EQ(registry_->reloads().value(), 1u);
}

TEST_F(PeerRegistryTest, WhatExpiredBeforeTheStartHasNothingToEnd) {
  begin({{kLaptop, 1, kNow - 1s}, {kPhone, 2, kNow}});
  EXPECT_THAT(gone_at(kNow), IsEmpty());
  EXPECT_THAT(gone_at(kNow + 1s), IsEmpty());
}

TEST_F(PeerRegistryTest, AnEndThatStorageMovesIsTheEnd) {
  begin({{kLaptop, 1, kNow + 10s}, {kPhone, 2, std::nullopt}});
  newest_.publish(snapshot(2, {{kLaptop, 1, kNow + 30s}, {kPhone, 2, kNow + 20s}}));
  EXPECT_THAT(gone_at(kNow + 11s), IsEmpty()) << "it was prolonged in time";
  EXPECT_THAT(gone_at(kNow + 20s), ElementsAre(kPhone));
  newest_.publish(snapshot(3, {{kLaptop, 1, kNow + 5s}, {kPhone, 2, kNow + 20s}}));
  EXPECT_THAT(gone_at(kNow + 21s), ElementsAre(kLaptop)) << "its end is past already; the phone's was told";
}

TEST_F(PeerRegistryTest, ATokenMayExpireAndBeRemovedBetweenTwoLooks) {
  begin({{kLaptop, 1, kNow + 10s}});
  newest_.publish(snapshot(2, {}));
  EXPECT_THAT(gone_at(kNow + 11s), ElementsAre(kLaptop));
  EXPECT_THAT(gone_at(kNow + 12s), IsEmpty());
}

TEST_F(PeerRegistryTest, AfterTheClockWasSetBackATokenExpiresAgain) {
  begin({{kLaptop, 1, kNow + 10s}});
  EXPECT_THAT(gone_at(kNow + 10s), ElementsAre(kLaptop));
  EXPECT_THAT(gone_at(kNow), IsEmpty());
  EXPECT_THAT(gone_at(kNow + 10s), ElementsAre(kLaptop));
}

}  // namespace
}  // namespace app::hub

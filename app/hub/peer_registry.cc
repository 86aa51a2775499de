#include "app/hub/peer_registry.h"

#include <algorithm>
#include <utility>

namespace app::hub {
namespace {

signaling::Peer peer_of(const storage::Peer& stored, const storage::Account& account) {
  signaling::Peer peer;
  peer.id = signaling::PeerId{static_cast<int64_t>(stored.id)};
  peer.user = signaling::UserId{static_cast<int64_t>(stored.account)};
  peer.user_name = account.name;
  peer.name = stored.name;
  peer.kind = stored.kind;
  peer.fingerprint = stored.fingerprint;
  peer.verified = stored.verified_at.has_value();
  peer.created_at = stored.created_at;
  peer.verified_at = stored.verified_at;
  peer.last_connect_at = stored.last_connect_at;
  return peer;
}

}  // namespace

PeerRegistry::PeerRegistry(const base::SipHashKey& key, const storage::CurrentPeers& newest,
                           base::WallTime now)
    : newest_(newest),
      snapshot_(newest.load()),
      seen_at_(now),
      next_expiry_(snapshot_->next_expiry(now)),
      table_(key) {
  for (const auto* stored : snapshot_->peers())
    (void)table_.put(peer_of(*stored, *snapshot_->find(stored->account)));
}

PeerRegistry::Changes PeerRegistry::refresh(base::WallTime now) {
  const bool has_changed = newest_.revision() != snapshot_->revision();
  const auto then = std::exchange(seen_at_, now);
  const bool was_set_back = now < then;  // the clock: what had expired may be about to do so again
  if (!has_changed && !was_set_back && (!next_expiry_ || now < *next_expiry_)) return {};
  const auto before = snapshot_;
  if (has_changed) snapshot_ = newest_.load();
  Changes changes;
  if (auto touched = snapshot_->touched_since(before->revision())) {
    changes.looked_at = touched_peers(*touched);
    changes.peers = take_over(*changes.looked_at);
  } else {
    reloads_.add();
    changes.looked_at.reset();
    changes.peers = take_over_all();
  }
  next_expiry_ = snapshot_->next_expiry(now);
  changes.with_tokens_gone = before->peers_with_tokens_gone(then, *snapshot_, now);
  return changes;
}

// Those whose own rows were touched, and those of touched accounts: the table holds the account's name too.
std::vector<storage::PeerId> PeerRegistry::touched_peers(const storage::TouchedRows& touched) const {
  auto peers = touched.peers;
  for (const auto account : touched.accounts) {
    for (const auto* peer : snapshot_->peers_of(account)) peers.push_back(peer->id);
  }
  std::ranges::sort(peers);
  peers.erase(std::ranges::unique(peers).begin(), peers.end());
  return peers;
}

// As the snapshot has it, but for the last connection, which only the table may know yet.
signaling::Peer PeerRegistry::current(const storage::Peer& stored) const {
  auto peer = peer_of(stored, *snapshot_->find(stored.account));
  if (const auto known = table_.find(peer.id))
    peer.last_connect_at = std::max(peer.last_connect_at, known->last_connect_at);
  return peer;
}

std::vector<signaling::PeerChange> PeerRegistry::take_over_all() {
  const auto stored = snapshot_->peers();
  std::vector<signaling::Peer> peers;
  peers.reserve(stored.size());
  for (const auto* peer : stored) peers.push_back(current(*peer));
  return table_.replace_all(std::move(peers));
}

// Deletions first, as the table tells them of all.
std::vector<signaling::PeerChange> PeerRegistry::take_over(const std::vector<storage::PeerId>& peers) {
  std::vector<signaling::PeerChange> changes;
  std::vector<signaling::PeerChange> others;
  for (const auto id : peers) {
    if (const auto* stored = snapshot_->find(id))
      others.push_back(table_.put(current(*stored)));
    else
      changes.push_back(table_.remove(signaling::PeerId{static_cast<int64_t>(id)}));
  }
  changes.insert(changes.end(), others.begin(), others.end());
  std::erase_if(changes, [](const auto& change) { return change.before == change.after; });
  return changes;
}

void PeerRegistry::note_connect(signaling::PeerId id, base::WallTime at) {
  const auto known = table_.find(id);
  if (!known) return;
  auto peer = *known;
  peer.last_connect_at = at;
  (void)table_.put(std::move(peer));
}

}  // namespace app::hub

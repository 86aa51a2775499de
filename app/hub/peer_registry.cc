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
  for (const auto& stored : snapshot_->peers())
    (void)table_.put(peer_of(stored, *snapshot_->find(stored.account)));
}

PeerRegistry::Changes PeerRegistry::refresh(base::WallTime now) {
  const bool has_changed = newest_.revision() != snapshot_->revision();
  const auto then = std::exchange(seen_at_, now);
  const bool was_set_back = now < then;  // the clock: what had expired may be about to do so again
  if (!has_changed && !was_set_back && (!next_expiry_ || now < *next_expiry_)) return {};
  const auto before = snapshot_;
  if (has_changed) snapshot_ = newest_.load();
  Changes changes{.has_changed = has_changed};
  const bool has_expired = was_set_back || (next_expiry_ && now >= *next_expiry_);
  if (has_changed && before->differs_in_changed_only(*snapshot_)) {
    changes.peers = take_over_changed();
    if (!has_expired) return changes;
  } else if (has_changed) {
    changes.peers = take_over_peers();
  }
  next_expiry_ = snapshot_->next_expiry(now);
  changes.with_tokens_gone = before->peers_with_tokens_gone(then, *snapshot_, now);
  return changes;
}

// As the snapshot has it, but for the last connection, which only the table may know yet.
signaling::Peer PeerRegistry::current(const storage::Peer& stored) const {
  auto peer = peer_of(stored, *snapshot_->find(stored.account));
  if (const auto known = table_.find(peer.id))
    peer.last_connect_at = std::max(peer.last_connect_at, known->last_connect_at);
  return peer;
}

std::vector<signaling::PeerChange> PeerRegistry::take_over_peers() {
  std::vector<signaling::Peer> peers;
  peers.reserve(snapshot_->peers().size());
  for (const auto& stored : snapshot_->peers()) peers.push_back(current(stored));
  return table_.replace_all(std::move(peers));
}

std::vector<signaling::PeerChange> PeerRegistry::take_over_changed() {
  std::vector<signaling::PeerChange> changes;
  for (const auto& stored : snapshot_->changed()) {
    auto change = table_.put(current(stored));
    if (change.before != change.after) changes.push_back(std::move(change));
  }
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

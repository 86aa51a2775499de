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

PeerRegistry::PeerRegistry(const base::SipHashKey& key, const storage::CurrentPeers& newest)
    : newest_(newest), snapshot_(newest.load()), table_(key) {
  for (const auto& stored : snapshot_->peers())
    (void)table_.put(peer_of(stored, *snapshot_->find(stored.account)));
}

PeerRegistry::Changes PeerRegistry::refresh() {
  if (newest_.revision() == snapshot_->revision()) return {};
  const auto before = std::exchange(snapshot_, newest_.load());
  std::vector<signaling::Peer> peers;
  peers.reserve(snapshot_->peers().size());
  for (const auto& stored : snapshot_->peers()) {
    auto peer = peer_of(stored, *snapshot_->find(stored.account));
    if (const auto known = table_.find(peer.id))
      peer.last_connect_at = std::max(peer.last_connect_at, known->last_connect_at);
    peers.push_back(std::move(peer));
  }
  return {table_.replace_all(std::move(peers)), before->peers_with_tokens_gone(*snapshot_)};
}

void PeerRegistry::note_connect(signaling::PeerId id, base::WallTime at) {
  const auto known = table_.find(id);
  if (!known) return;
  auto peer = *known;
  peer.last_connect_at = at;
  (void)table_.put(std::move(peer));
}

}  // namespace app::hub

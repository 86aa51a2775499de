#include "signaling/peer_table.h"

#include <algorithm>
#include <unordered_set>

namespace signaling {

PeerTable::PeerTable(const base::SipHashKey& key) : by_fingerprint_(0, Hash{key}), by_name_(0, Hash{key}) {}

PeerChange PeerTable::put(Peer peer) {
  PeerChange change{find(peer.id), nullptr};
  if (change.before && *change.before == peer) return {change.before, change.before};
  if (change.before) unlink(*change.before);
  change.after = std::make_shared<const Peer>(std::move(peer));
  link(change.after);
  return change;
}

PeerChange PeerTable::remove(PeerId id) {
  PeerChange change{find(id), nullptr};
  if (change.before) unlink(*change.before);
  return change;
}

std::vector<PeerChange> PeerTable::replace_all(std::vector<Peer> peers) {
  std::unordered_set<PeerId> staying;
  for (const auto& peer : peers) staying.insert(peer.id);
  std::vector<PeerId> leaving;
  for (const auto& [id, peer] : by_id_) {
    if (!staying.contains(id)) leaving.push_back(id);
  }
  std::ranges::sort(leaving);
  std::vector<PeerChange> changes;
  for (const PeerId id : leaving) changes.push_back(remove(id));
  // All old records first: two peers may have exchanged their names.
  std::vector<Peer> changed;
  for (auto& peer : peers) {
    const auto before = find(peer.id);
    if (before && *before == peer) continue;
    if (before) unlink(*before);
    changes.push_back({before, nullptr});
    changed.push_back(std::move(peer));
  }
  auto change = changes.begin() + static_cast<ptrdiff_t>(leaving.size());
  for (auto& peer : changed) {
    change->after = std::make_shared<const Peer>(std::move(peer));
    link(change->after);
    ++change;
  }
  return changes;
}

PeerRef PeerTable::find(PeerId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

PeerRef PeerTable::find_fingerprint(UserId user, std::string_view fingerprint) const {
  const auto found = by_fingerprint_.find(Name{user, fingerprint});
  return found == by_fingerprint_.end() ? nullptr : found->second;
}

PeerRef PeerTable::find_name(UserId user, std::string_view name) const {
  const auto found = by_name_.find(Name{user, name});
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<PeerRef> PeerTable::peers_of(UserId user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? std::vector<PeerRef>{} : found->second;
}

void PeerTable::link(const PeerRef& peer) {
  by_id_[peer->id] = peer;
  // Erased first: the key must point into this record and not into one that goes.
  by_name_.erase(Name{peer->user, peer->name});
  by_name_.emplace(Name{peer->user, peer->name}, peer);
  if (!peer->fingerprint.empty()) {
    by_fingerprint_.erase(Name{peer->user, peer->fingerprint});
    by_fingerprint_.emplace(Name{peer->user, peer->fingerprint}, peer);
  }
  auto& of_user = by_user_[peer->user];
  of_user.insert(std::ranges::lower_bound(of_user, peer->id, {}, [](const PeerRef& one) { return one->id; }),
                 peer);
}

void PeerTable::unlink(const Peer& peer) {
  const auto held = find(peer.id);  // the keys point into it
  by_id_.erase(peer.id);
  if (find_name(peer.user, peer.name) == held) by_name_.erase(Name{peer.user, peer.name});
  if (find_fingerprint(peer.user, peer.fingerprint) == held)
    by_fingerprint_.erase(Name{peer.user, peer.fingerprint});
  auto& of_user = by_user_[peer.user];
  std::erase(of_user, held);
  if (of_user.empty()) by_user_.erase(peer.user);
}

}  // namespace signaling

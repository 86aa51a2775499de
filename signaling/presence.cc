#include "signaling/presence.h"

#include "signaling/delivery.h"

namespace signaling {
namespace {

// Whoever may register can make strangers, and must not fill what the user's own peers resume from.
bool may_tell_of_stranger(HubState& hub, base::TimePoint now, UserId user) {
  constexpr size_t kUsers = 10'000;
  const auto per_second = hub.options.stranger_updates_per_second;
  if (hub.stranger_updates.size() >= kUsers) hub.stranger_updates.clear();
  auto& allowance = hub.stranger_updates[user];
  if (allowance.wait(now, 1, per_second, hub.options.burst_stranger_updates) > std::chrono::nanoseconds(0))
    return false;
  allowance.take(now, 1, per_second);
  return true;
}

}  // namespace

void announce(HubState& hub, base::TimePoint now, Session& session, bool online, bool tell_self) {
  session.offline_at = base::TimePoint::max();
  if (session.announced == online) return;
  session.announced = online;
  if (session.is_ephemeral() || !session.peer->verified) return;
  broadcast(hub, now, session.peer->user, PeerUpdate{0, session.peer, nullptr, online},
            tell_self ? PeerId{} : session.peer->id);
}

void broadcast(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update, PeerId except) {
  for (const auto& peer : hub.registry.peers_of(user)) {
    if (peer->id == except) continue;
    if (Session* const session = hub.sessions.find(peer->id)) push(hub, now, *session, update);
  }
}

void broadcast_change(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update) {
  const bool is_stranger = !update.peer->verified && !(update.before && update.before->verified);
  if (is_stranger && !may_tell_of_stranger(hub, now, user)) return;
  broadcast(hub, now, user, update);
}

std::vector<Welcome::Listed> list_peers(const HubState& hub, const Peer& self) {
  std::vector<Welcome::Listed> listed;
  if (self.id < PeerId{0}) return listed;
  for (auto& peer : hub.registry.peers_of(self.user)) {
    const Session* const session = hub.sessions.find(peer->id);
    const bool online = peer->verified && (peer->id == self.id || (session && session->announced));
    listed.push_back({std::move(peer), online});
  }
  return listed;
}

}  // namespace signaling

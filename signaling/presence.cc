#include "signaling/presence.h"

#include "signaling/delivery.h"

namespace signaling {

void announce(HubState& hub, base::TimePoint now, Session& session, bool online, bool tell_self) {
  session.offline_at = base::TimePoint::max();
  if (session.announced == online) return;
  session.announced = online;
  if (session.is_ephemeral()) return;
  broadcast(hub, now, session.peer->user, PeerUpdate{0, session.peer, nullptr, online},
            tell_self ? PeerId{} : session.peer->id);
}

void broadcast(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update, PeerId except) {
  for (const auto& peer : hub.registry.peers_of(user)) {
    if (peer->id == except) continue;
    if (Session* const session = hub.sessions.find(peer->id)) push(hub, now, *session, update);
  }
}

std::vector<Welcome::Listed> list_peers(const HubState& hub, const Peer& self) {
  std::vector<Welcome::Listed> listed;
  if (self.id < PeerId{0}) return listed;
  for (auto& peer : hub.registry.peers_of(self.user)) {
    const Session* const session = hub.sessions.find(peer->id);
    const bool online = peer->id == self.id || (session && session->announced);
    listed.push_back({std::move(peer), online});
  }
  return listed;
}

}  // namespace signaling

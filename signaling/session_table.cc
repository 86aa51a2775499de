#include "signaling/session_table.h"

namespace signaling {

Session* SessionTable::find(PeerId peer) const {
  const auto found = by_peer_.find(peer);
  return found == by_peer_.end() ? nullptr : found->second.get();
}

Session* SessionTable::find(UserId realm, std::string_view name) const {
  const auto found = by_name_.find(NameOrder::View{realm, name});
  return found == by_name_.end() ? nullptr : found->second;
}

Session& SessionTable::add(PeerRef peer, size_t& queued_bytes, size_t& history_bytes) {
  const PeerId id = peer->id;
  auto& session = by_peer_[id];
  session = std::make_unique<Session>(std::move(peer), queued_bytes, history_bytes);
  if (session->is_ephemeral()) by_name_[{session->peer->user, session->peer->name}] = session.get();
  return *session;
}

void SessionTable::erase(Session& session) {
  unbind(session);
  if (session.is_ephemeral()) {
    const auto named = by_name_.find(NameOrder::View{session.peer->user, session.peer->name});
    if (named != by_name_.end()) by_name_.erase(named);
  }
  by_peer_.erase(session.peer->id);
}

void SessionTable::bind(Session& session, ConnectionId connection) {
  session.connection = connection;
  by_connection_.put(connection, session);
}

void SessionTable::unbind(Session& session) {
  if (!session.connection) return;
  by_connection_.erase(*session.connection);
  session.connection.reset();
}

std::vector<Session*> SessionTable::in_realm(UserId realm) const {
  std::vector<Session*> sessions;
  for (auto at = by_name_.lower_bound(NameOrder::View{realm, ""}); at != by_name_.end(); ++at) {
    if (at->first.first != realm) break;
    sessions.push_back(at->second);
  }
  return sessions;
}

}  // namespace signaling

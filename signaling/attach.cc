#include <utility>

#include "signaling/delivery.h"
#include "signaling/lifecycle.h"
#include "signaling/presence.h"

namespace signaling {
namespace {

bool is_full(HubState& hub, ConnectionId connection) {
  if (hub.sessions.size() < hub.options.sessions) return false;
  hub.emit(connection, Close{kCloseTryLater, "too many sessions; try again later"});
  return true;
}

// Null: an output has said why not.
Session* find_session(HubState& hub, ConnectionId connection, PeerId id) {
  auto peer = hub.registry.find(id);
  if (!peer) {
    hub.emit(connection, Close{kCloseRevoked, "this peer was deleted"});
    return nullptr;
  }
  if (Session* const session = hub.sessions.find(id)) {
    session->peer = std::move(peer);
    return session;
  }
  return is_full(hub, connection) ? nullptr : &hub.add_session(std::move(peer));
}

Session* find_session(HubState& hub, ConnectionId connection, const Ephemeral& who) {
  Session* session = hub.sessions.find(who.realm, who.name);
  if (session && session->connection && session->secret != who.secret) {
    hub.emit(connection, Refused{kErrorConflict, "this name is taken", std::nullopt});
    return nullptr;
  }
  if (!session && is_full(hub, connection)) return nullptr;
  auto peer = std::make_shared<Peer>();
  peer->id = session ? session->peer->id : PeerId{--hub.last_ephemeral};
  peer->user = who.realm;
  peer->name = who.name;
  peer->kind = who.kind;
  peer->verified = true;
  if (!session) session = &hub.add_session(peer);
  if (session->is_absent) --hub.absent_names;
  session->is_absent = false;
  if (session->secret != who.secret) end_life(*session);  // somebody else's now
  session->peer = std::move(peer);
  session->secret = who.secret;
  return session;
}

void take_over(HubState& hub, Session& session, ConnectionId connection) {
  if (session.connection) {
    ++hub.counters.replaced;
    hub.emit(*session.connection, Close{kCloseReplaced, "replaced by a newer connection"});
    hub.sessions.unbind(session);
  }
  hub.sessions.bind(session, connection);
  session.resume_until = session.offline_at = base::TimePoint::max();
}

SessionKey make_key(base::RandomSource& random) {
  SessionKey key;
  random.fill(key);
  return key;
}

}  // namespace

void attach_connection(HubState& hub, base::TimePoint now, ConnectionId connection, const Attach& attach) {
  Session* const session =
      std::visit([&](const auto& who) { return find_session(hub, connection, who); }, attach.who);
  if (!session) return;
  ++hub.counters.attached;
  take_over(hub, *session, connection);
  session->confirms = attach.confirms;
  session->keeps_history = attach.keeps_history;
  if (session->peer->verified) return admit(hub, now, *session, attach.resume);
  hub.emit(connection, Refused{kErrorUnverified, kUnverifiedText, std::nullopt});
  announce(hub, now, *session, true);
}

void admit(HubState& hub, base::TimePoint now, Session& session, const std::optional<Resume>& resume) {
  const bool resumed = resume && session.is_live() && is_key(session.key, resume->session) &&
                       session.outbox.can_resume_after(resume->last_seq);
  if (resumed) {
    ++hub.counters.resumed;
  } else {
    renew_session(session, ++hub.last_serial, make_key(hub.random));
  }
  hub.emit(*session.connection, Welcome{.self = session.peer,
                                        .session = to_text(session.key),
                                        .resumed = resumed,
                                        .peers = list_peers(hub, *session.peer)});
  if (resumed) repeat_after(hub, now, session, resume->last_seq);
  flush_waiting(hub, now, session);
  announce(hub, now, session, true, resumed);
}

}  // namespace signaling

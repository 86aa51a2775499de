#include "signaling/lifecycle.h"

#include <algorithm>

#include "signaling/presence.h"
#include "signaling/receipts.h"

namespace signaling {
namespace {

constexpr std::string_view kReceiverGone = "not delivered: the receiver was removed";
constexpr std::string_view kTimeIsOver = "not delivered in time";

void arm_next(HubState& hub, Session& session) {
  hub.arm(session, std::min({session.offline_at, session.resume_until, session.outbox.next_due()}));
}

// Nothing reaches the peer any more, and nobody waits for it.
void withdraw(HubState& hub, base::TimePoint now, Session& session) {
  const auto undelivered = session.outbox.clear();
  end_life(session);
  settle_undelivered(hub, now, undelivered, kReceiverGone);
}

// It may only wait from now on.
void suspend(HubState& hub, base::TimePoint now, Session& session) {
  const bool was_live = session.is_live();
  withdraw(hub, now, session);
  if (was_live && session.connection)
    hub.emit(*session.connection, Refused{kErrorUnverified, kUnverifiedText, std::nullopt});
}

void remove_peer(HubState& hub, base::TimePoint now, const PeerRef& peer) {
  if (Session* const session = hub.sessions.find(peer->id)) {
    if (session->connection) hub.emit(*session->connection, Close{kCloseRevoked, "this peer was deleted"});
    withdraw(hub, now, *session);
    hub.erase_session(*session);
  }
  broadcast_change(hub, now, peer->user, PeerUpdate{0, peer, nullptr, false, true});
}

}  // namespace

void detach_connection(HubState& hub, base::TimePoint now, Session& session, Ending ending) {
  hub.sessions.unbind(session);
  session.resume_until = now + hub.options.resume_for;
  if (!session.keeps_history) end_life(session);
  if (ending == Ending::kClean) {
    announce(hub, now, session, false);
  } else {
    session.offline_at = now + hub.options.presence_grace;
  }
  arm_next(hub, session);
}

void drop_slow_connection(HubState& hub, base::TimePoint now, Session& session) {
  ++hub.counters.dropped_slow;
  hub.emit(*session.connection, Close{kCloseTryLater, "too much is unread"});
  detach_connection(hub, now, session, Ending::kBroken);
}

void change_peer(HubState& hub, base::TimePoint now, const PeerRef& before, const PeerRef& after) {
  ++hub.tables_version;
  if (before && (!after || before->user != after->user)) remove_peer(hub, now, before);
  if (!after) return;
  Session* const session = hub.sessions.find(after->id);
  if (session) {
    session->peer = after;
    if (!after->verified) suspend(hub, now, *session);
  }
  const bool is_online = after->verified && session && session->announced;
  broadcast_change(hub, now, after->user, PeerUpdate{0, after, before, is_online});
  if (session && session->connection && !session->is_live() && after->verified)
    admit(hub, now, *session, std::nullopt);
}

void end_session(HubState& hub, base::TimePoint now, Session& session, uint16_t code, std::string_view text) {
  if (session.connection) hub.emit(*session.connection, Close{code, std::string(text)});
  hub.sessions.unbind(session);
  end_life(session);
  session.resume_until = base::TimePoint::max();
  announce(hub, now, session, false);
  arm_next(hub, session);
  forget_if_idle(hub, session);
}

void handle_session_timer(HubState& hub, base::TimePoint now, Session& session) {
  if (session.offline_at <= now) announce(hub, now, session, false);
  if (session.resume_until <= now) {
    session.resume_until = base::TimePoint::max();
    end_life(session);
  }
  const auto* const realm = hub.realm_of(*session.peer);
  const auto expired = session.outbox.expire(now, realm && realm->options.queue_expires_whole);
  settle_undelivered(hub, now, expired, kTimeIsOver);
  arm_next(hub, session);
  forget_if_idle(hub, session);
}

void forget_if_idle(HubState& hub, Session& session) {
  if (session.connection || session.announced || !session.outbox.is_empty() ||
      session.resume_until != base::TimePoint::max())
    return;
  if (session.is_absent) --hub.absent_names;
  hub.erase_session(session);
}

}  // namespace signaling

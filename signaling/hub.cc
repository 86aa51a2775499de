#include "signaling/hub.h"

#include <string>
#include <utility>

#include "base/fetch_ahead.h"
#include "signaling/lifecycle.h"
#include "signaling/receipts.h"
#include "signaling/route.h"

namespace signaling {

Hub::Hub(const Registry& registry, base::RandomSource& random, base::TimePoint now, const HubOptions& options)
    : state_(registry, random, now, options) {}

void Hub::open_realm(UserId realm, const RealmOptions& options) { state_.realms[realm].options = options; }

void Hub::attach(base::TimePoint now, ConnectionId connection, const Attach& attach) {
  attach_connection(state_, now, connection, attach);
}

void Hub::send(base::TimePoint now, ConnectionId connection, Outgoing&& outgoing) {
  if (Session* const sender = state_.sessions.find(connection))
    route(state_, now, *sender, std::move(outgoing));
}

bool Hub::fetch_ahead(ConnectionId connection, unsigned step) const {
  if (step == 0) return state_.sessions.fetch_ahead(connection);
  const Session* const sender = state_.sessions.find(connection);
  if (!sender || step >= kFetchSteps) return false;
  if (step == 1) return base::prefetch(*sender);
  const Session* const receiver = sender->last_target.receiver(state_.tables_version);
  if (!receiver) return false;
  if (step == 2)
    return base::prefetch(*sender->peer) && sender->last_target.fetch_ahead() && base::prefetch(*receiver);
  return base::prefetch(std::string_view(sender->peer->fingerprint)) && base::prefetch(*receiver->peer) &&
         receiver->outbox.fetch_ahead();
}

std::optional<ConnectionId> Hub::last_receiver(ConnectionId connection) const {
  const Session* const sender = state_.sessions.find(connection);
  const Session* const receiver = sender ? sender->last_target.receiver(state_.tables_version) : nullptr;
  return receiver ? receiver->connection : std::nullopt;
}

void Hub::confirm(base::TimePoint now, ConnectionId connection, uint64_t n) {
  Session* const session = state_.sessions.find(connection);
  if (!session) return;
  for (const auto& entry : session->outbox.confirm(n))
    settle(state_, now, *std::get<Relayed>(entry.frame).message, ReceiptStatus::kDelivered);
}

void Hub::detach(base::TimePoint now, ConnectionId connection, Ending ending) {
  if (Session* const session = state_.sessions.find(connection))
    detach_connection(state_, now, *session, ending);
}

void Hub::handle_peer_changed(base::TimePoint now, const PeerRef& before, const PeerRef& after) {
  change_peer(state_, now, before, after);
}

void Hub::end_session(base::TimePoint now, PeerId peer, uint16_t code, std::string_view text) {
  if (Session* const session = state_.sessions.find(peer))
    signaling::end_session(state_, now, *session, code, text);
}

void Hub::handle_timeout(base::TimePoint now) {
  state_.wheel.expire(now, [&](base::TimerLink& timer) {
    handle_session_timer(state_, now, *static_cast<Session::Timer&>(timer).owner);
  });
}

std::optional<Output> Hub::poll_output() {
  if (state_.outputs.empty()) return std::nullopt;
  auto output = std::move(state_.outputs.front());
  state_.outputs.pop_front();
  return output;
}

size_t Hub::queued_bytes() const {
  size_t all = state_.queued_bytes;
  for (const auto& [id, realm] : state_.realms) all += realm.queued_bytes;
  return all;
}

bool Hub::is_connected(UserId realm, std::string_view name) const {
  const Session* const session = state_.sessions.find(realm, name);
  return session && session->connection;
}

bool Hub::is_online(PeerId peer) const {
  const Session* const session = state_.sessions.find(peer);
  return session && session->announced;
}

bool Hub::is_connected(PeerId peer) const {
  const Session* const session = state_.sessions.find(peer);
  return session && session->connection;
}

std::vector<std::string> Hub::names_in(UserId realm) const {
  std::vector<std::string> names;
  for (const Session* const session : state_.sessions.in_realm(realm)) {
    if (session->connection) names.push_back(session->peer->name);
  }
  return names;
}

}  // namespace signaling

#include "signaling/dialects/switchboard.h"

#include <type_traits>

namespace signaling::dialects {

Switchboard::Switchboard(net::EventLoop& loop, const Registry& registry, base::RandomSource& random,
                         const HubOptions& options)
    : loop_(loop), hub_(registry, random, loop.steady_now(), options), timer_(loop, [this] {
        hub_.handle_timeout(now());
        deliver();
      }) {
  hub_.use(*this);
}

ConnectionId Switchboard::attach(Line& line, const Attach& attach) {
  const ConnectionId connection = names_.take();
  lines_.put(connection, line);
  if (const auto* peer = std::get_if<PeerId>(&attach.who); peer && attaching_) attaching_(*peer);
  hub_.attach(now(), connection, attach);
  deliver();
  return connection;
}

void Switchboard::send(ConnectionId connection, Outgoing&& outgoing) {
  hub_.send(now(), connection, std::move(outgoing));
  deliver();
}

bool Switchboard::fetch_ahead(ConnectionId connection, unsigned step) const {
  if (step < Hub::kFetchSteps) return hub_.fetch_ahead(connection, step);
  const auto receiver = hub_.last_receiver(connection);
  if (!receiver) return false;
  if (step == Hub::kFetchSteps) return lines_.fetch_ahead(*receiver);
  const Line* const line = lines_.find(*receiver);
  return line && line->fetch_sending(step - Hub::kFetchSteps - 1);
}

void Switchboard::confirm(ConnectionId connection, uint64_t n) {
  hub_.confirm(now(), connection, n);
  deliver();
}

void Switchboard::detach(ConnectionId connection, Ending ending) {
  if (!forget(connection)) return;  // closed by the hub, which has forgotten it
  hub_.detach(now(), connection, ending);
  deliver();
}

void Switchboard::handle_peer_changed(const PeerRef& before, const PeerRef& after) {
  hub_.handle_peer_changed(now(), before, after);
  deliver();
}

void Switchboard::end_session(PeerId peer, uint16_t code, std::string_view text) {
  hub_.end_session(now(), peer, code, text);
  deliver();
}

// A line that calls back from inside a delivery finds its own output behind those that are under way.
void Switchboard::deliver() {
  if (delivering_) return;
  delivering_ = true;
  while (const auto output = hub_.poll_output()) deliver(*output);
  delivering_ = false;
  timer_.arm_or_disarm(hub_.poll_timeout());
}

void Switchboard::deliver(const Output& output) {
  Line* const found = lines_.find(output.connection);
  if (!found) return;  // detached meanwhile
  struct Visitor {
    Line& line;
    void operator()(const Welcome& welcome) const { line.on_welcome(welcome); }
    void operator()(const Relayed& relayed) const { line.on_relayed(relayed); }
    void operator()(const Receipt& receipt) const { line.on_receipt(receipt); }
    void operator()(const PeerUpdate& update) const { line.on_peer_update(update); }
    void operator()(const Refused& refused) const { line.on_refused(refused); }
    void operator()(const Close& close) const { line.on_close(close); }
  };
  const auto* relayed = std::get_if<Relayed>(&output.what);
  if (relayed && relaying_) relaying_(*relayed->message);
  if (std::holds_alternative<Close>(output.what)) forget(output.connection);
  std::visit(Visitor{*found}, output.what);
}

// Nothing is under way to it: what the hub said to it before has been handed over, but for what a delivery
// brought about that is going on now.
bool Switchboard::can_take(ConnectionId connection, size_t body_bytes) {
  Line* const line = lines_.find(connection);
  return !line || line->can_take(body_bytes);
}

bool Switchboard::forget(ConnectionId connection) {
  if (!lines_.erase(connection)) return false;
  names_.give_back(connection);
  return true;
}

}  // namespace signaling::dialects

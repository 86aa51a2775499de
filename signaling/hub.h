// Routes messages between the peers of a user: sessions, presence, order, receipts, queues. Start here.
//
// Pure: no socket, clock or thread. A dialect attaches its connections, feeds inputs, and after each input
// drains poll_output(); poll_timeout() says when to call handle_timeout().
//   hub.attach(now, connection, {.who = peer_id});            -> Welcome, what waited; PeerUpdate to the
//   others hub.send(now, connection, {.target = "bob", .kind = MessageKind::kOffer, .body = json, .id = 7});
//                                                             -> Relayed to bob, Receipt or Refused to us
//   hub.detach(now, connection, Ending::kBroken);             -> after 5 s, PeerUpdate to the others
//
// - A peer has one session. A newer connection takes it over and the older gets Close(4001).
// - A session outlives its connection by 30 s; who comes back with its id and the last n it saw misses
// nothing and
//   gets nothing twice. Otherwise a fresh session begins, with what no connection has taken yet.
// - To one receiver everything goes in the order it was accepted; nothing overtakes.
// - An id gets: Refused (it was not used; it may be tried again), or at most one kQueued and then exactly one
// of
//   kDelivered and kNotDelivered. kDelivered: the receiver's connection took it, or confirmed it if it
//   confirms.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "signaling/hub_options.h"
#include "signaling/hub_state.h"
#include "signaling/message.h"
#include "signaling/registry.h"

namespace signaling {

// Not for several threads. `registry` and `random` outlive it.
class Hub {
 public:
  Hub(const Registry& registry, base::RandomSource& random, base::TimePoint now,
      const HubOptions& options = {});

  // `wires` outlives it; asked from inside send(). Without them every connection takes everything.
  void use(Wires& wires) { state_.wires = &wires; }

  // Before the first attach to it; again to change its options. `realm` is negative.
  void open_realm(UserId realm, const RealmOptions& options);
  void change_options(const HubOptions& options) { state_.options = options; }

  // -> Welcome; for an unverified peer Refused(401), and Welcome once it is verified. Close if the peer is
  // unknown or the hub full. Refused(409) if the ephemeral name is taken; that connection is not attached.
  void attach(base::TimePoint now, ConnectionId connection, const Attach& attach);
  void send(base::TimePoint now, ConnectionId connection, Outgoing&& outgoing);
  // What send() will touch if the message goes where the last one went, see base/fetch_ahead.h. Behind the
  // last step come the objects of that receiver's connection.
  [[nodiscard]] bool fetch_ahead(ConnectionId connection, unsigned step) const;
  static constexpr unsigned kFetchSteps = 4;
  [[nodiscard]] std::optional<ConnectionId> last_receiver(ConnectionId connection) const;
  // Every frame up to `n` has been seen.
  void confirm(base::TimePoint now, ConnectionId connection, uint64_t n);
  // Of a connection that was replaced or closed: ignored.
  void detach(base::TimePoint now, ConnectionId connection, Ending ending);

  // The registry has changed. `before` null: added. `after` null: deleted, its session ends with Close(4002).
  void handle_peer_changed(base::TimePoint now, const PeerRef& before, const PeerRef& after);
  // Ends a session for good (a revoked token, an operator's kick): Close to its connection, no resume.
  void end_session(base::TimePoint now, PeerId peer, uint16_t code, std::string_view text);

  void handle_timeout(base::TimePoint now);  // early, late or twice: harmless
  [[nodiscard]] std::optional<base::TimePoint> poll_timeout() const { return state_.wheel.poll_timeout(); }
  [[nodiscard]] std::optional<Output> poll_output();  // oldest first

  [[nodiscard]] bool is_online(PeerId peer) const;
  [[nodiscard]] bool is_connected(PeerId peer) const;                          // if it is not verified, too
  [[nodiscard]] bool is_connected(UserId realm, std::string_view name) const;  // an ephemeral peer
  [[nodiscard]] std::vector<std::string> names_in(UserId realm) const;         // of connected ephemeral peers
  [[nodiscard]] const HubOptions& options() const { return state_.options; }
  [[nodiscard]] const HubCounters& counters() const { return state_.counters; }
  [[nodiscard]] size_t session_count() const { return state_.sessions.size(); }
  [[nodiscard]] size_t queued_bytes() const;
  [[nodiscard]] size_t history_bytes() const { return state_.history_bytes; }

 private:
  HubState state_;
};

}  // namespace signaling

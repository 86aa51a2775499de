// What the hub's parts share. Each part is a file of functions over it: attach, route, delivery, receipts,
// presence.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/random.h"
#include "base/timer_wheel.h"
#include "signaling/hub_options.h"
#include "signaling/message.h"
#include "signaling/rate.h"
#include "signaling/registry.h"
#include "signaling/session_table.h"

namespace signaling {

struct HubCounters {
  uint64_t relayed = 0;  // accepted messages
  uint64_t queued = 0;   // of them, those whose receiver had no connection
  uint64_t delivered = 0;
  uint64_t not_delivered = 0;
  uint64_t repeated = 0;  // sent again with the same id
  uint64_t refused_unverified = 0;
  uint64_t refused_rate = 0;
  uint64_t refused_sdp = 0;
  uint64_t refused_target = 0;
  uint64_t refused_full = 0;
  uint64_t refused_id = 0;
  uint64_t attached = 0;
  uint64_t resumed = 0;
  uint64_t replaced = 0;
  uint64_t dropped_slow = 0;  // connections whose client left too much unread
};

struct Realm {
  RealmOptions options;
  size_t queued_bytes = 0;
};

// Connections as their dialects have them.
class Wires {
 public:
  virtual ~Wires() = default;
  // Whether the connection would take a message whose body has that size now. False: its client leaves so
  // much unread that it is to be closed.
  [[nodiscard]] virtual bool can_take(ConnectionId connection, size_t body_bytes) = 0;
};

struct HubState {
  HubState(const Registry& peers, base::RandomSource& chance, base::TimePoint now, const HubOptions& bounds)
      : registry(peers), random(chance), options(bounds), wheel(now) {}

  const Registry& registry;
  Wires* wires = nullptr;  // null: every connection takes everything
  base::RandomSource& random;
  HubOptions options;
  std::map<UserId, Realm> realms;
  size_t queued_bytes = 0;   // for registered peers
  size_t history_bytes = 0;  // of all sessions
  base::TimerWheel wheel;
  SessionTable sessions;
  std::deque<Output> outputs;
  HubCounters counters;
  // Grows whenever a target may come to mean another session than before: sessions end, the registry changes.
  uint64_t tables_version = 1;
  uint64_t last_serial = 0;
  int64_t last_ephemeral = 0;
  std::unordered_map<UserId, Allowance> stranger_updates;  // of users whose unverified peers changed
  size_t absent_names = 0;  // ephemeral sessions that nobody has attached to yet

  template <typename What>
  void emit(ConnectionId connection, What&& what) {
    outputs.emplace_back(connection, std::forward<What>(what));
  }
  // Looks after the session at `when` or before.
  void arm(Session& session, base::TimePoint when) {
    if (when == base::TimePoint::max()) return;
    if (!session.timer.is_linked() || when < session.timer.deadline()) wheel.arm(session.timer, when);
  }
  // The peer has none yet.
  Session& add_session(PeerRef peer) {
    auto& queued = queued_bytes_of(*peer);
    return sessions.add(std::move(peer), queued, history_bytes);
  }
  void erase_session(Session& session) {
    ++tables_version;
    sessions.erase(session);
  }
  // Null for a registered peer.
  [[nodiscard]] Realm* realm_of(const Peer& peer) {
    if (peer.id >= PeerId{0}) return nullptr;
    const auto found = realms.find(peer.user);
    return found == realms.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const QueueBounds& queue_of(const Peer& peer) {
    const auto* const realm = realm_of(peer);
    return realm ? realm->options.queue : options.offline_queue;
  }
  [[nodiscard]] const RateLimits& rates_of(const Peer& peer) {
    const auto* const realm = realm_of(peer);
    return realm ? realm->options.rates : options.rates;
  }
  // What waits for the peer's like, and how much of it may.
  [[nodiscard]] size_t& queued_bytes_of(const Peer& peer) {
    auto* const realm = realm_of(peer);
    return realm ? realm->queued_bytes : queued_bytes;
  }
  [[nodiscard]] size_t queued_bytes_bound_of(const Peer& peer) {
    const auto* const realm = realm_of(peer);
    return realm ? realm->options.queued_bytes : options.queued_bytes;
  }
};

}  // namespace signaling

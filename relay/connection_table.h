// All TCP connections of one worker by id, and the deadlines of those that wait. The allocations own them.
#pragma once

#include <array>
#include <optional>

#include "base/flat_table.h"
#include "base/random.h"
#include "base/timer_wheel.h"
#include "relay/allocation.h"
#include "relay/peer_connection.h"

namespace relay {

class ConnectionTable {
 public:
  ConnectionTable(base::TimePoint now, base::HashSeed seed, const ConnectionIds& ids)
      : ids_(ids), by_id_(seed), wheel_(now) {}

  // A new connection of `allocation`, which is one for TCP, with PeerConnection::kPatience to live.
  PeerConnection& add(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                      base::RandomSource& random);
  [[nodiscard]] PeerConnection* find(ConnectionId id) {
    PeerConnection** found = by_id_.find(IdKey{id});
    return found ? *found : nullptr;
  }
  // nullptr: `allocation` has no connection with that peer, made or being made.
  [[nodiscard]] static PeerConnection* find(const Allocation& allocation, const base::Endpoint& peer);
  void wait_anew(base::TimePoint now, PeerConnection& connection) {
    wheel_.arm(connection, now + PeerConnection::kPatience);
  }
  void remove(PeerConnection& connection);

  // Calls `expired(PeerConnection&)` for each whose patience is over; it must remove it.
  template <typename Expired>
  void expire(base::TimePoint now, Expired&& expired) {
    wheel_.expire(now, [&](base::TimerLink& link) { expired(static_cast<PeerConnection&>(link)); });
  }
  [[nodiscard]] std::optional<base::TimePoint> poll_timeout() const { return wheel_.poll_timeout(); }
  [[nodiscard]] size_t size() const { return by_id_.size(); }
  [[nodiscard]] const ConnectionIds& ids() const { return ids_; }

 private:
  struct IdKey {
    ConnectionId id = 0;
    [[nodiscard]] std::array<uint64_t, 1> words() const { return {id}; }
    bool operator==(const IdKey&) const = default;
  };

  ConnectionIds ids_;
  base::FlatTable<IdKey, PeerConnection*> by_id_;
  base::TimerWheel wheel_;
};

}  // namespace relay

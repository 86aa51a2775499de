// What every request handler works on. Not for several threads: each worker has its own.
#pragma once

#include <deque>

#include "base/random.h"
#include "relay/allocation_table.h"
#include "relay/connection_table.h"
#include "relay/counters.h"
#include "relay/guess_budget.h"
#include "relay/interfaces.h"
#include "relay/options.h"
#include "relay/output.h"
#include "relay/peer_policy.h"
#include "relay/session_observer.h"
#include "relay/source_budget.h"
#include "relay/transactions.h"
#include "stun/nonce.h"

namespace relay {

struct Core {
  ServerOptions options;
  const PeerPolicy* policy;  // swapped by Server::change_policy
  Credentials& credentials;
  RelayPorts& ports;
  Quotas& quotas;
  base::RandomSource& random;
  stun::NonceKey nonces;
  Counters& counters;
  AllocationTable allocations;
  Transactions& transactions;
  ReplyBudgets budgets;
  GuessBudget guesses;
  ConnectionTable connections;  // of TCP relaying, whose functions are in tcp_events.cc
  std::deque<Output> outputs;
  bool draining = false;
  SessionObserver* observer = nullptr;  // none: nobody hears of sessions
  const PeerGuard* guard = nullptr;     // none: the policy alone decides

  [[nodiscard]] bool is_guarded(const Allocation& allocation, const base::IpAddress& peer) const {
    return guard && !guard->may_permit(allocation.identity.user, peer);
  }

  // Tells the observer, closes its ports, which keep its place while they rest, and forgets it.
  void end(Allocation& allocation, EndReason reason);
  // Closes one half of a dual allocation, with the permissions and channels that lived there.
  void end_family(Allocation& allocation, base::Family family);

  // `message` goes to the client of `allocation`, soon.
  void tell(const Allocation& allocation, std::vector<uint8_t> message);
  // Of this host's own addresses only the listeners of clients are peers: behind the same address may listen
  // anything else.
  [[nodiscard]] bool permits_connection(const base::Endpoint& peer) const;
  [[nodiscard]] bool has_room_for_connection(const Allocation& allocation) const;
  PeerConnection& open_connection(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer);
  void forget(PeerConnection& connection);
  void close(PeerConnection& connection);  // and has its sockets closed
  // Closes every connection of `allocation` of which `ends(PeerConnection)` says yes.
  template <typename Ends>
  void close_connections(Allocation& allocation, Ends&& ends);
  void refuse_connect(PeerConnection& connection);  // 447
};

template <typename Ends>
void Core::close_connections(Allocation& allocation, Ends&& ends) {
  if (!allocation.tcp) return;
  auto& connections_of = allocation.tcp->connections;
  for (size_t i = connections_of.size(); i-- > 0;) {
    if (ends(*connections_of[i])) close(*connections_of[i]);
  }
}

}  // namespace relay

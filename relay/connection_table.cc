#include "relay/connection_table.h"

#include <algorithm>

namespace relay {

PeerConnection& ConnectionTable::add(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                                     base::RandomSource& random) {
  ConnectionId id = ids_.own(random.word<uint32_t>());
  while (find(id) != nullptr) id = ids_.own(random.word<uint32_t>());
  auto& connection =
      *allocation.tcp->connections.emplace_back(std::make_unique<PeerConnection>(id, allocation, peer));
  by_id_.insert(IdKey{id}, &connection);
  wait_anew(now, connection);
  return connection;
}

PeerConnection* ConnectionTable::find(const Allocation& allocation, const base::Endpoint& peer) {
  const auto& connections = allocation.tcp->connections;
  const auto at =
      std::ranges::find_if(connections, [&](const auto& connection) { return connection->peer == peer; });
  return at != connections.end() ? at->get() : nullptr;
}

void ConnectionTable::remove(PeerConnection& connection) {
  by_id_.erase(IdKey{connection.id});
  std::erase_if(connection.allocation.tcp->connections,
                [&](const auto& owned) { return owned.get() == &connection; });
}

}  // namespace relay

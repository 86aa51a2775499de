// What becomes of TCP connections with peers (RFC 6062 §5.2, §5.3, §5.5), as the data plane tells it.
#include "relay/server.h"
#include "stun/message_writer.h"

namespace relay {
namespace {

using State = PeerConnection::State;

std::vector<uint8_t> connection_attempt(ConnectionId id, const base::Endpoint& peer,
                                        base::RandomSource& random) {
  stun::TransactionId transaction;
  random.fill(transaction);
  std::array<uint8_t, 64> space;
  stun::MessageWriter writer(space, stun::Method::kConnectionAttempt, stun::Class::kIndication,
                             transaction.data());
  writer.word(stun::AttributeType::kConnectionId, id);
  writer.xor_address(stun::AttributeType::kXorPeerAddress, peer);
  const auto message = writer.finish();
  return {message.begin(), message.end()};
}

}  // namespace

void Core::tell(const Allocation& allocation, std::vector<uint8_t> message) {
  outputs.emplace_back(TellClient{allocation.client, std::move(message)});
}

bool Core::permits_connection(const base::Endpoint& peer) const {
  const auto decision = policy->explain(peer.ip, peer.port);
  return decision.allowed || (decision.hairpin && ports.find_listener(peer));
}

bool Core::has_room_for_connection(const Allocation& allocation) const {
  return allocation.tcp->connections.size() < options.max_connections_per_allocation &&
         connections.size() < options.max_connections;
}

PeerConnection& Core::open_connection(base::TimePoint now, Allocation& allocation,
                                      const base::Endpoint& peer) {
  counters.tcp.connections.add();
  return connections.add(now, allocation, peer, random);
}

void Core::forget(PeerConnection& connection) {
  counters.tcp.connections.subtract();
  connections.remove(connection);
}

void Core::close(PeerConnection& connection) {
  outputs.emplace_back(CloseConnection{connection.id});
  forget(connection);
}

void Core::refuse_connect(PeerConnection& connection) {
  counters.reject(Reject::kConnection);
  tell(connection.allocation, connection.connect->error(stun::ErrorCode::kConnectionTimeoutOrFailure));
}

std::optional<Output> Server::poll_output() {
  std::optional<Output> output;
  if (core_.outputs.empty()) return output;
  output.emplace(std::move(core_.outputs.front()));
  core_.outputs.pop_front();
  return output;
}

void Server::handle_connected(base::TimePoint now, ConnectionId id) {
  auto* connection = core_.connections.find(id);
  if (!connection || connection->state != State::kConnecting) return;
  connection->state = State::kUnbound;
  core_.connections.wait_anew(now, *connection);
  core_.counters.tcp.connected.add();
  core_.tell(connection->allocation, connection->connect->success(id));
  connection->connect.reset();
}

void Server::handle_connect_failed(ConnectionId id) {
  auto* connection = core_.connections.find(id);
  if (!connection || connection->state != State::kConnecting) return;
  core_.counters.tcp.failed.add();
  core_.refuse_connect(*connection);
  core_.forget(*connection);
}

std::optional<ConnectionId> Server::handle_incoming(base::TimePoint now, AllocationId id,
                                                    const base::Endpoint& from) {
  const auto refused = [&](Drop reason) {
    core_.counters.drop(reason);
    return std::nullopt;
  };
  auto* allocation = core_.allocations.find(id);
  if (!allocation || !allocation->tcp || !core_.options.tcp_relay) return refused(Drop::kNoAllocation);
  // Another client's connection comes from where its relay is bound; ours knows it as it is advertised.
  const auto hairpin = core_.ports.find_listener(from);
  const base::Endpoint peer = hairpin ? hairpin->relayed : from;
  if (!allocation->peers.is_permitted(now, peer.ip)) return refused(Drop::kNoPermission);
  if (!core_.permits_connection(peer)) return refused(Drop::kPeerDenied);
  if (!core_.has_room_for_connection(*allocation)) return refused(Drop::kNoRoom);
  auto& connection = core_.open_connection(now, *allocation, peer);
  core_.counters.tcp.accepted.add();
  core_.tell(*allocation, connection_attempt(connection.id, peer, core_.random));
  return connection.id;
}

void Server::handle_connection_closed(ConnectionId id) {
  if (auto* connection = core_.connections.find(id)) core_.forget(*connection);
}

void Server::expire_connections(base::TimePoint now) {
  core_.connections.expire(now, [this](PeerConnection& connection) {
    if (connection.state == State::kConnecting) {
      core_.counters.tcp.failed.add();
      core_.refuse_connect(connection);
    } else {
      core_.counters.tcp.unclaimed.add();
    }
    core_.close(connection);
  });
}

std::optional<base::TimePoint> Server::handle_relayed(base::TimePoint now, ConnectionId id,
                                                      Direction direction, size_t bytes) {
  auto* connection = core_.connections.find(id);
  if (!connection) return std::nullopt;
  auto& allocation = connection->allocation;
  const bool to_peer = direction == Direction::kToPeer;
  (to_peer ? allocation.to_peers : allocation.to_client).bytes.add(bytes);
  (to_peer ? core_.counters.to_peers : core_.counters.to_clients).bytes.add(bytes);
  (to_peer ? core_.counters.tcp.bytes_to_peers : core_.counters.tcp.bytes_to_clients).add(bytes);
  return (to_peer ? allocation.tcp->to_peers : allocation.tcp->to_client)
      .pass(now, bytes, core_.options.bits_per_second_per_allocation / 8);
}

}  // namespace relay

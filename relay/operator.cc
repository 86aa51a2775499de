// The operator's hands on a server: looking, kicking, changing what may change while it runs.
#include <algorithm>

#include "relay/data_indication.h"
#include "relay/server.h"
#include "stun/message_writer.h"

namespace relay {
namespace {

SessionInfo describe(const Allocation& allocation, base::TimePoint now) {
  const auto seconds = [](auto duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration);
  };
  SessionInfo info{.id = allocation.id,
                   .user = allocation.identity.user,
                   .username = allocation.identity.username,
                   .client = allocation.client.tuple};
  for (const auto& relay : allocation.relays) info.relayed.push_back(relay.relayed);
  info.age = seconds(now - allocation.created_at);
  info.expires_in = seconds(allocation.deadline() - now);
  info.permissions = allocation.peers.live_permissions(now);
  info.channels = static_cast<size_t>(std::ranges::count_if(
      allocation.peers.channels(), [&](const Channel& channel) { return now < channel.expires_at; }));
  info.tcp = allocation.tcp != nullptr;
  info.connections = info.tcp ? allocation.tcp->connections.size() : 0;
  info.packets_to_peers = allocation.to_peers.packets.value();
  info.bytes_to_peers = allocation.to_peers.bytes.value();
  info.packets_to_client = allocation.to_client.packets.value();
  info.bytes_to_client = allocation.to_client.bytes.value();
  return info;
}

}  // namespace

std::vector<SessionInfo> Server::sessions(base::TimePoint now) const {
  std::vector<SessionInfo> sessions;
  for (const auto* allocation : core_.allocations.all()) sessions.push_back(describe(*allocation, now));
  return sessions;
}

std::vector<SessionInfo> Server::sessions_of(std::string_view user, base::TimePoint now) const {
  std::vector<SessionInfo> sessions;
  for (const auto* allocation : core_.allocations.all()) {
    if (allocation->identity.user == user) sessions.push_back(describe(*allocation, now));
  }
  return sessions;
}

bool Server::kick(AllocationId id, EndReason reason) {
  auto* allocation = core_.allocations.find(id);
  if (allocation) core_.end(*allocation, reason);
  return allocation != nullptr;
}

size_t Server::kick_user(std::string_view user) {
  size_t kicked = 0;
  for (auto* allocation : core_.allocations.all()) {
    if (allocation->identity.user != user) continue;
    core_.end(*allocation, EndReason::kKicked);
    ++kicked;
  }
  return kicked;
}

void Server::change_policy(const PeerPolicy& policy) {
  core_.policy = &policy;
  for (auto* allocation : core_.allocations.all()) {
    allocation->peers.revoke_if([&](const base::IpAddress& peer) { return !policy.permits(peer); });
    core_.close_connections(*allocation, [&](const PeerConnection& connection) {
      return !core_.permits_connection(connection.peer);
    });
  }
}

void Server::change_options(const ServerOptions& options) {
  core_.options = options;
  core_.budgets.change_rate(options.unauthenticated_replies_per_second);
  core_.guesses.change_rate(options.wrong_passwords_per_minute);
}

Step Server::handle_icmp(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                         const IcmpError& error, base::MutableBytes scratch) {
  if (!allocation.peers.passes(now, peer)) return drop(Drop::kNoPermission);
  std::array<uint8_t, 12> id{};
  base::store_be64(id.data() + 4, ~uint64_t{allocation.icmp_indications++});
  stun::MessageWriter writer(scratch, stun::Method::kData, stun::Class::kIndication, id.data());
  writer.xor_address(stun::AttributeType::kXorPeerAddress, peer);
  // RFC 8656 §18.13: 16 reserved bits, 7 bits of type, 9 bits of code, 32 bits of error data.
  std::array<uint8_t, 8> value{};
  base::store_be16(value.data() + 2, static_cast<uint16_t>((error.type & 0x7f) << 9 | error.code));
  base::store_be32(value.data() + 4, error.data);
  writer.attribute(stun::AttributeType::kIcmp, value);
  return Step{.kind = Step::Kind::kToClient, .header = writer.finish(), .client = &allocation.client};
}

}  // namespace relay

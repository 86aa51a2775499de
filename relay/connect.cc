// Connect (RFC 6062 §5.2): the checks; the answer comes when the peer has answered, see tcp_events.cc.
#include <algorithm>

#include "relay/handlers.h"

namespace relay {
namespace {

using stun::ErrorCode;

struct Refusal {
  ErrorCode code;
  Reject reason;
};

// Another client is reached where its relay is bound: what it is known as may be the far side of a NAT.
base::Endpoint way_to(const Core& core, const base::Endpoint& peer) {
  const auto listener = core.ports.find_listener(peer);
  return listener ? listener->bound : peer;
}

// A connection from a relayed address to itself would be an echo.
bool is_itself(const Core& core, const Allocation& allocation, const base::Endpoint& peer) {
  const auto way = way_to(core, peer);
  return std::ranges::any_of(allocation.relays, [&](const OpenedPort& relay) { return relay.bound == way; });
}

std::optional<Refusal> check(const Core& core, const Allocation& allocation,
                             const std::optional<base::Endpoint>& peer) {
  if (!peer || peer->port == 0) return Refusal{ErrorCode::kBadRequest, Reject::kBadRequest};
  if (ConnectionTable::find(allocation, *peer))
    return Refusal{ErrorCode::kConnectionAlreadyExists, Reject::kConnection};
  if (!allocation.relay_of(peer->ip.family))
    return Refusal{ErrorCode::kPeerAddressFamilyMismatch, Reject::kFamilyMismatch};
  if (!core.options.tcp_relay || !core.permits_connection(*peer) || is_itself(core, allocation, *peer))
    return Refusal{ErrorCode::kForbidden, Reject::kForbiddenPeer};
  if (core.is_guarded(allocation, peer->ip)) return Refusal{ErrorCode::kForbidden, Reject::kUnsignalledPeer};
  if (!core.has_room_for_connection(allocation))
    return Refusal{ErrorCode::kInsufficientCapacity, Reject::kNoCapacity};
  return std::nullopt;
}

}  // namespace

base::Bytes answer_connect(Core& core, Request& request) {
  if (auto refusal = require_own_allocation(core, request)) return *refusal;
  auto& allocation = *request.allocation;
  if (!allocation.tcp)
    return refuse(core, request, ErrorCode::kAllocationMismatch, Reject::kAllocationMismatch);
  const auto peer = request.message.xor_address(stun::AttributeType::kXorPeerAddress);
  if (const auto refusal = check(core, allocation, peer)) {
    return refuse(core, request, refusal->code, refusal->reason);
  }
  auto& connection = core.open_connection(request.now.steady, allocation, *peer);
  connection.state = PeerConnection::State::kConnecting;
  connection.connect.emplace(request);
  core.outputs.emplace_back(
      OpenConnection{connection.id, allocation.relay_of(peer->ip.family)->bound, way_to(core, *peer)});
  return {};
}

}  // namespace relay

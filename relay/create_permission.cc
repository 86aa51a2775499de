// CreatePermission (RFC 8656 §10.2): all peers or none.
#include <set>

#include "relay/handlers.h"

namespace relay {
namespace {

using stun::AttributeType;
using stun::ErrorCode;

struct Refusal {
  ErrorCode code;
  Reject reason;
};

// Permissions are for addresses, and relays come and go on ours; but a port that can never be one, and that
// no rule allows, is that of another program here, such as an SFU. Whoever means it must hear that nothing
// will pass.
bool is_own_service(const Core& core, const base::Endpoint& peer) {
  return peer.port != 0 && !core.ports.could_be_relay(peer.port) && core.policy->is_for_relays_only(peer);
}

std::optional<Refusal> check_peer(const Core& core, const Allocation& allocation,
                                  const base::Endpoint& peer) {
  if (!allocation.relay_of(peer.ip.family))
    return Refusal{ErrorCode::kPeerAddressFamilyMismatch, Reject::kFamilyMismatch};
  if (!core.policy->permits(peer.ip)) return Refusal{ErrorCode::kForbidden, Reject::kForbiddenPeer};
  if (!allocation.tcp && is_own_service(core, peer))
    return Refusal{ErrorCode::kForbidden, Reject::kOwnService};
  if (core.is_guarded(allocation, peer.ip)) return Refusal{ErrorCode::kForbidden, Reject::kUnsignalledPeer};
  return std::nullopt;
}

}  // namespace

base::Bytes answer_create_permission(Core& core, Request& request) {
  if (auto refusal = require_own_allocation(core, request)) return *refusal;
  auto& allocation = *request.allocation;
  std::set<base::IpAddress> peers;
  for (const auto& attribute : request.message.attributes()) {
    if (attribute.type != static_cast<uint16_t>(AttributeType::kXorPeerAddress)) continue;
    const auto peer = request.message.decode_xor_address(attribute);
    if (!peer) return refuse(core, request, ErrorCode::kBadRequest, Reject::kBadRequest);
    if (const auto refusal = check_peer(core, allocation, *peer)) {
      return refuse(core, request, refusal->code, refusal->reason);
    }
    peers.insert(peer->ip);  // the port means nothing here
  }
  if (peers.empty()) return refuse(core, request, ErrorCode::kBadRequest, Reject::kBadRequest);

  const auto now = request.now.steady;
  size_t added = 0;
  for (const auto& peer : peers) added += !allocation.peers.is_permitted(now, peer);
  if (allocation.peers.live_permissions(now) + added > core.options.max_permissions) {
    return refuse(core, request, ErrorCode::kInsufficientCapacity, Reject::kNoCapacity);
  }
  for (const auto& peer : peers) allocation.peers.permit(now, peer, core.options.max_permissions);
  auto writer = begin_success(request);
  return finish_reply(request, writer);
}

}  // namespace relay

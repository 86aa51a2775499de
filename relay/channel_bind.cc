// ChannelBind (RFC 8656 §12.2).
#include "relay/handlers.h"

namespace relay {
namespace {

using stun::AttributeType;
using stun::ErrorCode;

std::optional<stun::ChannelNumber> read_number(const stun::Message& message) {
  const auto word = message.word(AttributeType::kChannelNumber);
  if (!word) return std::nullopt;
  const auto number = static_cast<uint16_t>(*word >> 16);
  if (number < stun::kMinChannelNumber || number > stun::kMaxChannelNumber) return std::nullopt;
  return stun::ChannelNumber{number};
}

}  // namespace

base::Bytes answer_channel_bind(Core& core, Request& request) {
  const auto refused = [&](ErrorCode code, Reject reason) { return refuse(core, request, code, reason); };
  if (auto refusal = require_own_allocation(core, request)) return *refusal;
  auto& allocation = *request.allocation;
  if (allocation.tcp)
    return refused(ErrorCode::kForbidden, Reject::kConnection);  // RFC 6062 §5: no channels there
  const auto number = read_number(request.message);
  const auto peer = request.message.xor_address(AttributeType::kXorPeerAddress);
  if (!number || !peer || peer->port == 0) return refused(ErrorCode::kBadRequest, Reject::kBadRequest);
  if (!allocation.relay_of(peer->ip.family)) {
    return refused(ErrorCode::kPeerAddressFamilyMismatch, Reject::kFamilyMismatch);
  }
  if (!core.policy->permits(*peer)) return refused(ErrorCode::kForbidden, Reject::kForbiddenPeer);
  if (core.policy->is_for_relays_only(*peer) && !core.ports.is_relay(*peer))
    return refused(ErrorCode::kForbidden, Reject::kOwnService);
  if (core.is_guarded(allocation, peer->ip)) return refused(ErrorCode::kForbidden, Reject::kUnsignalledPeer);

  const auto now = request.now.steady;
  const bool room = allocation.peers.is_permitted(now, peer->ip) ||
                    allocation.peers.live_permissions(now) < core.options.max_permissions;
  if (!room) return refused(ErrorCode::kInsufficientCapacity, Reject::kNoCapacity);
  switch (allocation.peers.bind(now, *number, *peer, core.options.max_channels)) {
    case BindOutcome::kNumberTaken:
    case BindOutcome::kPeerTaken:
      return refused(ErrorCode::kBadRequest, Reject::kBadRequest);
    case BindOutcome::kFull:
      return refused(ErrorCode::kInsufficientCapacity, Reject::kNoCapacity);
    case BindOutcome::kBound:
      break;
  }
  allocation.peers.permit(now, peer->ip, core.options.max_permissions);
  auto writer = begin_success(request);
  return finish_reply(request, writer);
}

}  // namespace relay

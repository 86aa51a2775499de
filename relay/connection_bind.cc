// ConnectionBind (RFC 6062 §5.4): a new stream of the client claims a connection to a peer.
#include "relay/handlers.h"

namespace relay {
namespace {

using stun::ErrorCode;

std::optional<ConnectionId> named_connection(const Request& request) {
  if (request.message.method() != stun::Method::kConnectionBind) return std::nullopt;
  return request.message.word(stun::AttributeType::kConnectionId);
}

}  // namespace

std::optional<ConnectionId> connection_elsewhere(const Core& core, const Request& request) {
  const auto& from = request.from;
  const bool may_move =
      core.options.tcp_relay && is_stream(from.tuple.transport) && !from.handed_over && !request.allocation;
  const auto id = named_connection(request);
  return may_move && id && !core.connections.ids().is_own(*id) ? id : std::nullopt;
}

PeerConnection* unbound_connection(Core& core, const Request& request) {
  const auto id = named_connection(request);
  PeerConnection* connection = id ? core.connections.find(*id) : nullptr;
  return connection && connection->state == PeerConnection::State::kUnbound ? connection : nullptr;
}

base::Bytes answer_connection_bind(Core& core, Request& request) {
  const auto refused = [&](ErrorCode code, Reject reason) { return refuse(core, request, code, reason); };
  if (!is_stream(request.from.tuple.transport)) return refused(ErrorCode::kBadRequest, Reject::kBadRequest);
  if (request.allocation) return refused(ErrorCode::kAllocationMismatch, Reject::kAllocationMismatch);
  if (!named_connection(request)) return refused(ErrorCode::kBadRequest, Reject::kBadRequest);
  // Guessing ids is as slow as guessing passwords: wrong ones use up the source's budget, and without
  // budget not even a right one is looked at.
  const auto now = request.now.steady;
  const auto& source = request.from.tuple.client.ip;
  if (!core.budgets.proven.has(now, source)) {
    core.counters.drop(Drop::kRateLimited);
    return {};
  }
  auto* connection = unbound_connection(core, request);
  // Somebody else's id gets the answer of an unknown one: nobody learns which exist.
  if (!connection || connection->allocation.identity.username != request.identity.username) {
    (void)core.budgets.proven.take(now, source);
    return refused(ErrorCode::kBadRequest, Reject::kConnection);
  }
  connection->state = PeerConnection::State::kBound;
  connection->unlink();
  core.counters.tcp.bound.add();
  request.joins = connection->id;
  auto writer = begin_success(request);
  return finish_reply(request, writer);
}

}  // namespace relay

#include "relay/request.h"

#include "stun/reason_phrase.h"

namespace relay {

stun::MessageWriter begin_success(const Request& request) {
  return {request.reply_space, request.message.method(), stun::Class::kSuccess,
          request.message.transaction_id()};
}

void seal(stun::MessageWriter& writer, const ReplyKey& key, bool fingerprint) {
  if (!key.key.empty()) {
    if (key.sha256) {
      writer.message_integrity_sha256(key.key);
    } else {
      writer.message_integrity(key.key);
    }
  }
  if (fingerprint) writer.fingerprint();
}

base::Bytes finish_reply(const Request& request, stun::MessageWriter& writer) {
  seal(writer, request.reply_key, request.message.has(stun::AttributeType::kFingerprint));
  return writer.finish();
}

void write_error(stun::MessageWriter& writer, const Request& request, stun::ErrorCode code) {
  const bool reaches_it = request.from.tuple.transport != Transport::kUdp || !request.reply_key.key.empty();
  writer.error_code(code, reaches_it ? stun::reason_phrase(code) : "");
}

// A stream and DTLS begin with octets that only who has the address could know; a nonce is for its address
// alone.
bool is_proven(const FiveTuple& tuple, bool has_our_nonce) {
  return tuple.transport != Transport::kUdp || has_our_nonce;
}

void note_refusal(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  core.counters.reject(reason);
  if (!core.observer || reason == Reject::kChallenge || reason == Reject::kStaleNonce) return;
  std::string_view user = request.identity.user;
  if (user.empty()) {
    if (const auto name = request.message.text(stun::AttributeType::kUsername))
      user = stun::trimmed_wire_text(*name);
  }
  core.observer->on_refused({.now = request.now.steady,
                             .user = user,
                             .client = request.from.tuple.client,
                             .code = static_cast<uint16_t>(code),
                             .reason = reason,
                             .is_proven = is_proven(request.from.tuple, request.has_our_nonce)});
}

base::Bytes refuse(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  note_refusal(core, request, code, reason);
  stun::MessageWriter writer(request.reply_space, request.message.method(), stun::Class::kError,
                             request.message.transaction_id());
  write_error(writer, request, code);
  return finish_reply(request, writer);
}

bool may_answer(Core& core, base::TimePoint now, const FiveTuple& tuple, Allocation* allocation,
                bool has_our_nonce) {
  const uint64_t rate = core.options.unauthenticated_replies_per_second;
  const bool granted = allocation
                           ? rate == 0 || allocation->replies.take(now, 1, rate, 2 * rate)
                           : core.budgets.of(is_proven(tuple, has_our_nonce)).take(now, tuple.client.ip);
  if (!granted) core.counters.drop(Drop::kRateLimited);
  return granted;
}

bool may_answer(Core& core, const Request& request) {
  return may_answer(core, request.now.steady, request.from.tuple, request.allocation, request.has_our_nonce);
}

base::Bytes refuse_stranger(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  if (may_answer(core, request)) return refuse(core, request, code, reason);
  note_refusal(core, request, code, reason);
  return {};
}

namespace {

base::Counter& gauge_of(Counters& counters, const Allocation& allocation, const OpenedPort& relay) {
  return counters.allocations[static_cast<size_t>(allocation.client.tuple.transport)][relay.bound.ip.is_v6()];
}

}  // namespace

void Core::end(Allocation& allocation, EndReason reason) {
  if (observer) observer->on_session_end(allocation, reason);
  close_connections(allocation, [](const PeerConnection&) { return true; });
  for (const auto& relay : allocation.relays) gauge_of(counters, allocation, relay).subtract();
  quotas.end_allocation();
  transactions.release(allocation.request);
  const auto removed = allocations.remove(allocation);
  for (const auto& relay : removed->relays) ports.close(relay, removed->place);
}

void Core::end_family(Allocation& allocation, base::Family family) {
  const OpenedPort relay = allocations.remove_relay(allocation, family);
  gauge_of(counters, allocation, relay).subtract();
  close_connections(allocation,
                    [&](const PeerConnection& connection) { return connection.peer.ip.family == family; });
  allocation.peers.revoke_if([&](const base::IpAddress& peer) { return peer.family == family; });
  ports.close(relay, allocation.place);
}

}  // namespace relay

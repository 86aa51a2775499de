#include "relay/request.h"

namespace relay {

stun::MessageWriter begin_success(const Request& request) {
  return {request.reply_space, request.message.method(), stun::Class::kSuccess,
          request.message.transaction_id()};
}

base::Bytes finish_reply(const Request& request, stun::MessageWriter& writer) {
  if (!request.reply_key.key.empty()) {
    if (request.reply_key.sha256) {
      writer.message_integrity_sha256(request.reply_key.key);
    } else {
      writer.message_integrity(request.reply_key.key);
    }
  }
  if (request.message.has(stun::AttributeType::kFingerprint)) writer.fingerprint();
  return writer.finish();
}

base::Bytes refuse(Core& core, const Request& request, stun::ErrorCode code, Reject reason) {
  core.counters.reject(reason);
  stun::MessageWriter writer(request.reply_space, request.message.method(), stun::Class::kError,
                             request.message.transaction_id());
  writer.error_code(code);
  return finish_reply(request, writer);
}

namespace {

base::Counter& gauge_of(Counters& counters, const Allocation& allocation, const OpenedPort& relay) {
  return counters.allocations[static_cast<size_t>(allocation.client.tuple.transport)][relay.bound.ip.is_v6()];
}

}  // namespace

void Core::end(Allocation& allocation) {
  for (const auto& relay : allocation.relays) gauge_of(counters, allocation, relay).subtract();
  quotas.release(allocation.identity.user, allocation.client.tuple.client.ip);
  const auto removed = allocations.remove(allocation);
  for (const auto& relay : removed->relays) ports.close(relay);
}

void Core::end_family(Allocation& allocation, base::Family family) {
  const OpenedPort relay = allocations.remove_relay(allocation, family);
  gauge_of(counters, allocation, relay).subtract();
  allocation.peers.revoke_if([&](const base::IpAddress& peer) { return peer.family == family; });
  ports.close(relay);
}

}  // namespace relay

#include "relay/server.h"

#include <algorithm>

#include "relay/authenticate.h"
#include "relay/binding.h"
#include "relay/data_indication.h"
#include "relay/handlers.h"
#include "stun/channel_data.h"
#include "stun/classic_binding.h"
#include "stun/integrity.h"

namespace relay {
namespace {

using stun::AttributeType;
using stun::Class;
using stun::Method;

// No honest request is longer; checked before any hash is computed over it (turn-facts 45).
constexpr size_t kMaxRequestBytes = 2048;

base::HashSeed random_seed(base::RandomSource& random) {
  return base::HashSeed{{random.word<uint64_t>() | 1, random.word<uint64_t>() | 1}};
}

// Of a server that stands alone.
std::unique_ptr<Transactions> make_ledger(base::RandomSource& random) {
  return std::make_unique<TransactionLedger>(
      base::SipHashKey{random.word<uint64_t>(), random.word<uint64_t>()});
}

// Sources that nobody can have: an answer would start a loop or hit a whole network (turn-facts 34, 35).
bool is_answerable(const FiveTuple& tuple) {
  const auto& ip = tuple.client.ip;
  if (tuple.client.port == 0 || tuple.client == tuple.server || ip.is_unspecified()) return false;
  return ip.is_v4() ? ip.lo >> 28 < 0xe : ip.hi >> 56 != 0xff;  // multicast, reserved, broadcast
}

size_t max_indication_bytes(const ServerOptions& options, bool stream) {
  return stream ? std::min(options.max_stream_indication_bytes, kMaxDataIndicationPayloadBytes)
                : kMaxDataIndicationPayloadBytes;
}

// What a datagram takes on the wire towards peers, of which the payload may be none at all.
size_t charged_bytes(const base::Endpoint& peer, size_t payload_bytes) {
  constexpr size_t kUdpHeaderBytes = 8;
  return payload_bytes + kUdpHeaderBytes + (peer.ip.is_v4() ? 20 : 40);
}

Step reply(base::Bytes bytes) {
  Step step;
  if (!bytes.empty()) step.kind = Step::Kind::kReply;
  step.header = bytes;
  return step;
}

}  // namespace

Server::Server(base::TimePoint now, const ServerOptions& options, const PeerPolicy& policy,
               Credentials& credentials, RelayPorts& ports, Quotas& quotas, base::RandomSource& random,
               const stun::NonceKey& nonces, Counters& counters, const ConnectionIds& connections,
               Transactions* shared_transactions)
    : own_transactions_(shared_transactions ? nullptr : make_ledger(random)),
      core_{options,
            &policy,
            credentials,
            ports,
            quotas,
            random,
            nonces,
            counters,
            AllocationTable(now, random_seed(random)),
            shared_transactions ? *shared_transactions : *own_transactions_,
            {SourceBudget(random_seed(random), options.unauthenticated_replies_per_second),
             SourceBudget(random_seed(random), options.unauthenticated_replies_per_second)},
            GuessBudget(random_seed(random), options.wrong_passwords_per_minute),
            ConnectionTable(now, random_seed(random), connections),
            {}} {}

Server::~Server() {
  for (auto* allocation : core_.allocations.all()) core_.end(*allocation, EndReason::kStopped);
}

Step Server::handle_client(const base::Moment& now, const ClientPath& from, base::Bytes packet,
                           base::MutableBytes scratch) {
  if (packet.empty()) return drop(Drop::kMalformed);
  if ((packet[0] & 0xc0) == 0x40) return on_channel_data(now.steady, from, packet, scratch);
  if ((packet[0] & 0xc0) == 0) return on_message(now, from, packet, scratch);
  return drop(Drop::kUnknownKind);
}

Step Server::on_channel_data(base::TimePoint now, const ClientPath& from, base::Bytes packet,
                             base::MutableBytes scratch) {
  const auto parsed = stun::parse_channel_data(packet);
  if (!parsed) return drop(Drop::kMalformed);
  Allocation* allocation = core_.allocations.find(from.tuple);
  if (!allocation) return drop(Drop::kNoAllocation);
  const Channel* channel = allocation->peers.channel(parsed->channel);
  if (!channel || now >= channel->expires_at) return drop(Drop::kNoChannel);
  return to_peer(now, *allocation, channel->peer, parsed->data, false, scratch);
}

Step Server::on_message(const base::Moment& now, const ClientPath& from, base::Bytes packet,
                        base::MutableBytes scratch) {
  const auto message = stun::Message::parse(packet);
  if (!message) return on_classic(now.steady, from, packet, scratch);
  if (message->message_class() == Class::kIndication)
    return on_indication(now.steady, from, *message, scratch);
  if (message->message_class() != Class::kRequest)
    return drop(Drop::kUnexpectedClass);  // answering would bounce
  if (packet.size() > kMaxRequestBytes) return drop(Drop::kTooLarge);
  if (!is_answerable(from.tuple)) return drop(Drop::kBadSource);
  if (stun::check_fingerprint(*message) == stun::Check::kWrong) return drop(Drop::kBadFingerprint);
  return on_request(now, from, *message, scratch);
}

// Over UDP and IPv4, as RFC 3489 has it.
Step Server::on_classic(base::TimePoint now, const ClientPath& from, base::Bytes packet,
                        base::MutableBytes scratch) {
  const auto& tuple = from.tuple;
  const bool may_be = tuple.transport == Transport::kUdp && tuple.client.ip.unmapped().is_v4();
  if (!may_be || !stun::is_classic_binding(packet)) return drop(Drop::kMalformed);
  if (!is_answerable(tuple)) return drop(Drop::kBadSource);
  return reply(answer_classic_binding(core_, now, tuple, packet, scratch));
}

Step Server::on_request(const base::Moment& now, const ClientPath& from, const stun::Message& message,
                        base::MutableBytes scratch) {
  Request request{now, from, message, scratch, {}, {}};
  request.allocation = core_.allocations.find(from.tuple);
  if (message.method() == Method::kBinding) return reply(answer_binding(core_, request));
  if (const auto id = connection_elsewhere(core_, request))
    return {.kind = Step::Kind::kHandOver, .connection = *id};
  Step step = reply(answer(request));
  if (!request.joins) return step;
  step.kind = Step::Kind::kJoin;
  step.connection = *request.joins;
  return step;
}

base::Bytes Server::answer(Request& request) {
  const auto& message = request.message;
  if (request.allocation) {
    request.known_identity = &request.allocation->identity;
  } else if (const auto* connection = unbound_connection(core_, request)) {
    request.known_identity = &connection->allocation.identity;
  }
  if (auto refusal = authenticate(core_, request)) return *refusal;
  if (const auto unknown = unknown_attributes_of(message); unknown.count > 0) {
    return refuse_unknown(core_, request, unknown);
  }
  switch (message.method()) {
    case Method::kAllocate:
      return answer_allocate(core_, request);
    case Method::kRefresh:
      return answer_refresh(core_, request);
    case Method::kCreatePermission:
      return answer_create_permission(core_, request);
    case Method::kChannelBind:
      return answer_channel_bind(core_, request);
    case Method::kConnect:
      return answer_connect(core_, request);
    case Method::kConnectionBind:
      return answer_connection_bind(core_, request);
    default:
      return refuse(core_, request, stun::ErrorCode::kBadRequest, Reject::kBadRequest);
  }
}

Step Server::on_indication(base::TimePoint now, const ClientPath& from, const stun::Message& message,
                           base::MutableBytes scratch) {
  if (message.method() == Method::kBinding) return {};  // a keep-alive of old ICE agents
  if (message.method() != Method::kSend) return drop(Drop::kIndication);
  Allocation* allocation = core_.allocations.find(from.tuple);
  if (!allocation) return drop(Drop::kNoAllocation);
  const auto peer = message.xor_address(AttributeType::kXorPeerAddress);
  const auto* data = message.find(AttributeType::kData);
  if (!peer || !data || allocation->tcp || unknown_attributes_of(message).count > 0)
    return drop(Drop::kIndication);
  if (!allocation->peers.is_permitted(now, peer->ip)) return drop(Drop::kNoPermission);
  if (peer->port == 0) return drop(Drop::kPeerDenied);
  // Last, for it costs most: only who may send makes us sum (RFC 8489 §6.3).
  if (stun::check_fingerprint(message) == stun::Check::kWrong) return drop(Drop::kBadFingerprint);
  return to_peer(now, *allocation, *peer, data->value, message.has(AttributeType::kDontFragment), scratch);
}

bool Server::within_bandwidth(base::TokenBucket& budget, base::TimePoint now, size_t bytes) const {
  const uint64_t bytes_per_second = core_.options.bits_per_second_per_allocation / 8;
  if (bytes_per_second == 0) return true;
  const uint64_t burst = std::max<uint64_t>(bytes_per_second / 4, 65536);  // a key frame may come at once
  return budget.take(now, bytes, bytes_per_second, burst);
}

Step Server::to_peer(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                     base::Bytes payload, bool dont_fragment, base::MutableBytes scratch) {
  const OpenedPort* relay = allocation.relay_of(peer.ip.family);
  if (!relay) return drop(Drop::kIndication);
  if (core_.policy->has_port_rules() && !core_.policy->permits(peer)) return drop(Drop::kPeerDenied);
  if (!within_bandwidth(allocation.budget_to_peers, now, charged_bytes(peer, payload.size())))
    return drop(Drop::kOverBandwidth);
  allocation.to_peers.add(payload.size());
  core_.counters.to_peers.add(payload.size());

  Step step{.dont_fragment = dont_fragment,
            .socket = relay->socket,
            .payload = payload,
            .peer = peer,
            .from = relay->relayed};
  if (!core_.policy->is_relayed_address(peer.ip)) {
    step.kind = Step::Kind::kToPeer;
    return step;
  }
  if (core_.allocations.find_relayed(peer))
    return handle_hairpin(now, peer, relay->relayed, payload, scratch);
  step.kind = Step::Kind::kHairpin;
  return step;
}

Step Server::handle_hairpin(base::TimePoint now, const base::Endpoint& relayed, const base::Endpoint& from,
                            base::Bytes payload, base::MutableBytes scratch) {
  Allocation* allocation = core_.allocations.find_relayed(relayed);
  if (!allocation || allocation->tcp) return drop(Drop::kNoHairpin);
  return handle_peer(now, *allocation, from, payload, scratch);
}

Step Server::handle_peer(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                         base::Bytes payload, base::MutableBytes scratch) {
  const bool stream = is_stream(allocation.client.tuple.transport);
  const Channel* channel = allocation.peers.channel_to(peer);
  const bool by_channel = channel && now < channel->expires_at;
  if (!by_channel && !allocation.peers.is_permitted(now, peer.ip)) return drop(Drop::kNoPermission);
  if (core_.policy->has_port_rules() && !core_.policy->permits(peer)) return drop(Drop::kPeerDenied);
  if (!by_channel && payload.size() > max_indication_bytes(core_.options, stream))
    return drop(Drop::kTooLarge);
  if (!within_bandwidth(allocation.budget_to_client, now, charged_bytes(peer, payload.size())))
    return drop(Drop::kOverBandwidth);
  allocation.to_client.add(payload.size());
  core_.counters.to_clients.add(payload.size());

  Step step{.kind = Step::Kind::kToClient, .payload = payload, .client = &allocation.client};
  if (by_channel) {
    stun::write_channel_data_header(scratch.data(), channel->number, payload.size());
    step.header = scratch.first(stun::kChannelDataHeaderBytes);
    if (stream) step.padding_bytes = static_cast<uint8_t>(base::padded_to_4(payload.size()) - payload.size());
  } else {
    step.header =
        write_data_indication_header(scratch, peer, payload.size(), allocation.to_client.packets.value());
    step.padding_bytes = static_cast<uint8_t>(base::padded_to_4(payload.size()) - payload.size());
  }
  return step;
}

void Server::handle_client_gone(const FiveTuple& tuple) {
  if (auto* allocation = core_.allocations.find(tuple)) core_.end(*allocation, EndReason::kClientGone);
}

std::optional<base::TimePoint> Server::poll_timeout() const {
  const auto allocation = core_.allocations.poll_timeout();
  const auto connection = core_.connections.poll_timeout();
  return allocation && connection ? std::min(*allocation, *connection) : allocation;
}

void Server::handle_timeout(base::TimePoint now) {
  expire_connections(now);
  core_.allocations.expire(now, [this](Allocation& allocation) {
    core_.counters.allocations_expired.add();
    core_.end(allocation, EndReason::kExpired);
  });
}

}  // namespace relay

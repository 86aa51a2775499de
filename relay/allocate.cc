// Allocate (RFC 8656 §7.2), the checks in the RFC's order, one function each.
#include <algorithm>
#include <memory>

#include "relay/handlers.h"
#include "stun/reason_phrase.h"

namespace relay {
namespace {

using stun::AttributeType;
using stun::ErrorCode;

struct Wish {
  std::vector<base::Family> families;  // one, or two of which one is enough
  bool even_port = false;
  bool reserve_next = false;
  std::optional<ReservationToken> token;
  bool tcp = false;
  SharedPlace place;           // of the allocation
  SharedPlace reserved_place;  // of the port that it reserves
};

struct Refusal {
  ErrorCode code;
  Reject reason;
};
constexpr Refusal kBad{ErrorCode::kBadRequest, Reject::kBadRequest};

std::optional<Refusal> read_transport(const Core& core, const Request& request, Wish& wish) {
  const auto word = request.message.word(AttributeType::kRequestedTransport);
  if (!word) return kBad;
  const auto protocol = static_cast<uint8_t>(*word >> 24);
  wish.tcp = protocol == stun::kProtocolTcp && core.options.tcp_relay;
  if (protocol == stun::kProtocolUdp) return std::nullopt;
  if (!wish.tcp) return Refusal{ErrorCode::kUnsupportedTransportProtocol, Reject::kUnsupportedTransport};
  // RFC 6062 §5.1: TCP relaying only over a stream, and without the UDP-only wishes.
  const bool udp_only = request.message.has(AttributeType::kEvenPort) ||
                        request.message.has(AttributeType::kDontFragment) ||
                        request.message.has(AttributeType::kReservationToken);
  return udp_only || !is_stream(request.from.tuple.transport) ? std::optional(kBad) : std::nullopt;
}

std::optional<Refusal> read_token(const stun::Message& message, Wish& wish) {
  const auto* token = message.find(AttributeType::kReservationToken);
  if (!token) return std::nullopt;
  const bool contradicted = message.has(AttributeType::kEvenPort) ||
                            message.has(AttributeType::kRequestedAddressFamily) ||
                            message.has(AttributeType::kAdditionalAddressFamily);
  if (contradicted || token->value.size() != sizeof(ReservationToken)) return kBad;
  wish.token.emplace();
  std::ranges::copy(token->value, wish.token->begin());
  return std::nullopt;
}

std::optional<base::Family> family_in(base::Bytes value) {
  if (value.size() != 4) return std::nullopt;
  if (value[0] != 1 && value[0] != 2) return std::nullopt;
  return static_cast<base::Family>(value[0]);
}

// RFC 8656 §7.2 says IPv4 unless asked otherwise. Browsers never ask, so a server that has only IPv6 serves
// that.
base::Family unnamed_family(const RelayPorts& ports) {
  const bool only_ipv6 = !ports.serves(base::Family::kIpv4) && ports.serves(base::Family::kIpv6);
  return only_ipv6 ? base::Family::kIpv6 : base::Family::kIpv4;
}

std::optional<Refusal> read_families(const Core& core, const stun::Message& message, Wish& wish) {
  const auto* requested = message.find(AttributeType::kRequestedAddressFamily);
  const auto* additional = message.find(AttributeType::kAdditionalAddressFamily);
  if (requested && additional) return kBad;
  wish.families = {additional ? base::Family::kIpv4 : unnamed_family(core.ports)};
  if (requested) {
    if (requested->value.size() != 4) return kBad;
    const auto family = family_in(requested->value);
    if (!family) return Refusal{ErrorCode::kAddressFamilyNotSupported, Reject::kFamilyNotSupported};
    wish.families = {*family};
  }
  if (additional) {
    if (family_in(additional->value) != base::Family::kIpv6) return kBad;
    wish.families.push_back(base::Family::kIpv6);
  }
  return std::nullopt;
}

std::optional<Refusal> read_even_port(const stun::Message& message, Wish& wish) {
  const auto* even = message.find(AttributeType::kEvenPort);
  if (!even) return std::nullopt;
  if (even->value.size() != 1) return kBad;
  wish.even_port = true;
  wish.reserve_next = (even->value[0] & 0x80) != 0;
  return wish.reserve_next && wish.families.size() > 1 ? std::optional(kBad) : std::nullopt;
}

std::optional<Refusal> read_wish(const Core& core, const Request& request, Wish& wish) {
  const auto& message = request.message;
  if (auto refusal = read_transport(core, request, wish)) return refusal;
  if (auto refusal = read_token(message, wish)) return refusal;
  if (auto refusal = read_families(core, message, wish)) return refusal;
  if (auto refusal = read_even_port(message, wish)) return refusal;
  if (message.has(AttributeType::kLifetime) && !message.word(AttributeType::kLifetime)) return kBad;
  return std::nullopt;
}

Refusal refusal_of(PortError error) {
  switch (error) {
    case PortError::kFamilyNotSupported:
      return {ErrorCode::kAddressFamilyNotSupported, Reject::kFamilyNotSupported};
    case PortError::kBadToken:
      return {ErrorCode::kInsufficientCapacity, Reject::kBadToken};
    case PortError::kNoDescriptor:
      return {ErrorCode::kInsufficientCapacity, Reject::kNoDescriptor};
    case PortError::kNoAddress:
      return {ErrorCode::kInsufficientCapacity, Reject::kNoAddress};
    case PortError::kNoPort:
      break;
  }
  return {ErrorCode::kInsufficientCapacity, Reject::kNoCapacity};
}

Refusal refusal_of(QuotaVerdict verdict) {
  switch (verdict) {
    case QuotaVerdict::kUserFull:
      return {ErrorCode::kAllocationQuotaReached, Reject::kUserQuota};
    case QuotaVerdict::kSourceFull:
      return {ErrorCode::kAllocationQuotaReached, Reject::kSourceQuota};
    case QuotaVerdict::kServerFull:
    case QuotaVerdict::kGranted:
      break;
  }
  return {ErrorCode::kInsufficientCapacity, Reject::kServerQuota};
}

// Resting ports and reservations count like allocations. Who claims what he reserved himself already has the
// place.
std::optional<Refusal> take_places(Core& core, const Request& request, Wish& wish) {
  const auto& user = request.identity.user;
  const auto& source = request.from.tuple.client.ip;
  core.ports.expire();
  const auto held = wish.token ? core.ports.place_of(*wish.token) : nullptr;
  if (held && held->is_of(user, source)) {
    wish.place = held;
    return std::nullopt;
  }
  for (auto* place : {&wish.place, &wish.reserved_place}) {
    if (place == &wish.reserved_place && !wish.reserve_next) continue;
    auto taken = take_place(core.quotas, user, source);
    if (!taken) return refusal_of(taken.error());
    *place = std::move(*taken);
  }
  return std::nullopt;
}

// One family of a dual allocation is enough (RFC 8656 §7.2): the answer then names the other's error.
std::optional<Refusal> open_ports(Core& core, const Wish& wish, Allocation& allocation) {
  std::optional<Refusal> first_refusal;
  for (const auto family : wish.families) {
    const auto port = core.ports.open(
        {family, wish.even_port, wish.reserve_next, wish.token, wish.tcp, wish.reserved_place},
        allocation.id);
    if (port) {
      allocation.relays.push_back(*port);
      if (port->reservation) allocation.reservation = port->reservation;
      continue;
    }
    const auto refusal = refusal_of(port.error());
    allocation.missing_family = MissingFamily{family, refusal.code};
    if (!first_refusal) first_refusal = refusal;
  }
  return allocation.relays.empty() ? first_refusal : std::nullopt;
}

std::unique_ptr<Allocation> make_allocation(Core& core, const Request& request, const Wish& wish) {
  auto allocation = std::make_unique<Allocation>();
  allocation->id = core.random.word<uint64_t>();
  allocation->client = request.from;
  allocation->identity = request.identity;
  allocation->place = wish.place;
  allocation->transaction = request.message.transaction();
  allocation->request = request.key;
  allocation->granted_lifetime =
      granted_lifetime(core.options, request.message.word(AttributeType::kLifetime));
  if (wish.tcp) allocation->tcp = std::make_unique<TcpRelaying>();
  allocation->created_at = request.now.steady;
  return allocation;
}

base::Bytes success(const Request& request, const Allocation& allocation) {
  auto writer = begin_success(request);
  for (const auto& relay : allocation.relays)
    writer.xor_address(AttributeType::kXorRelayedAddress, relay.relayed);
  writer.word(AttributeType::kLifetime, static_cast<uint32_t>(allocation.granted_lifetime.count()));
  writer.xor_address(AttributeType::kXorMappedAddress, request.from.tuple.client);
  if (allocation.reservation) writer.attribute(AttributeType::kReservationToken, *allocation.reservation);
  if (const auto& missing = allocation.missing_family)
    writer.address_error_code(missing->family, missing->error, stun::reason_phrase(missing->error));
  return finish_reply(request, writer);
}

void count_in(Core& core, const Allocation& allocation) {
  core.counters.allocations_created.add();
  for (const auto& relay : allocation.relays) {
    core.counters.allocations[static_cast<size_t>(allocation.client.tuple.transport)][relay.bound.ip.is_v6()]
        .add();
  }
}

}  // namespace

std::chrono::seconds granted_lifetime(const ServerOptions& options, std::optional<uint32_t> wanted) {
  if (!wanted) return options.default_lifetime;
  return std::max(std::min(std::chrono::seconds(*wanted), options.max_lifetime), options.default_lifetime);
}

base::Bytes answer_allocate(Core& core, Request& request) {
  const auto refused = [&](Refusal refusal) { return refuse(core, request, refusal.code, refusal.reason); };
  if (request.allocation) {
    // A resent Allocate gets the same answer again, not 437: the first answer may have been lost (§7.2).
    const bool resent = request.allocation->transaction == request.message.transaction() &&
                        request.allocation->identity.username == request.identity.username;
    if (resent) return success(request, *request.allocation);
    return refused({ErrorCode::kAllocationMismatch, Reject::kAllocationMismatch});
  }
  Wish wish;
  if (const auto refusal = read_wish(core, request, wish)) return refused(*refusal);
  if (core.draining) return refused({ErrorCode::kInsufficientCapacity, Reject::kDraining});

  if (const auto refusal = take_places(core, request, wish)) return refused(*refusal);
  if (!core.quotas.begin_allocation()) return refused(refusal_of(QuotaVerdict::kServerFull));
  auto made = make_allocation(core, request, wish);
  if (const auto refusal = open_ports(core, wish, *made)) {
    core.quotas.end_allocation();
    return refused(*refusal);
  }
  auto& allocation = core.allocations.insert(std::move(made));
  core.allocations.refresh(allocation, request.now.steady + allocation.granted_lifetime);
  core.transactions.hold(request.key, allocation.client.tuple);
  count_in(core, allocation);
  if (core.observer) core.observer->on_session_begin(allocation);
  return success(request, allocation);
}

}  // namespace relay

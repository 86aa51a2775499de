#include "relay/binding.h"

#include <algorithm>

#include "stun/classic_binding.h"

namespace relay {
namespace {

using stun::AttributeType;

// BANDWIDTH left TURN before RFC 5766; clients that still send it mean no harm.
constexpr auto kKnown = std::to_array<AttributeType>({AttributeType::kUsername,
                                                      AttributeType::kMessageIntegrity,
                                                      AttributeType::kChannelNumber,
                                                      AttributeType::kLifetime,
                                                      AttributeType::kBandwidth,
                                                      AttributeType::kXorPeerAddress,
                                                      AttributeType::kData,
                                                      AttributeType::kRealm,
                                                      AttributeType::kNonce,
                                                      AttributeType::kRequestedAddressFamily,
                                                      AttributeType::kEvenPort,
                                                      AttributeType::kRequestedTransport,
                                                      AttributeType::kDontFragment,
                                                      AttributeType::kMessageIntegritySha256,
                                                      AttributeType::kPasswordAlgorithm,
                                                      AttributeType::kUserhash,
                                                      AttributeType::kReservationToken,
                                                      AttributeType::kConnectionId,
                                                      AttributeType::kPriority,
                                                      AttributeType::kUseCandidate});

}  // namespace

UnknownAttributes unknown_attributes_of(const stun::Message& message) {
  UnknownAttributes unknown;
  for (const auto& attribute : message.attributes()) {
    if (!stun::is_comprehension_required(attribute.type)) continue;
    if (std::ranges::find(kKnown, static_cast<AttributeType>(attribute.type)) != kKnown.end()) continue;
    const auto listed = std::span(unknown.types).first(unknown.count);
    if (std::ranges::find(listed, attribute.type) != listed.end()) continue;
    if (unknown.count == unknown.types.size()) break;
    unknown.types[unknown.count++] = attribute.type;
  }
  return unknown;
}

base::Bytes refuse_unknown(Core& core, const Request& request, const UnknownAttributes& unknown) {
  core.counters.reject(Reject::kUnknownAttribute);
  stun::MessageWriter writer(request.reply_space, request.message.method(), stun::Class::kError,
                             request.message.transaction_id());
  write_error(writer, request, stun::ErrorCode::kUnknownAttribute);
  writer.unknown_attributes(std::span(unknown.types).first(unknown.count));
  return finish_reply(request, writer);
}

base::Bytes answer_binding(Core& core, const Request& request) {
  if (!may_answer(core, request)) return {};
  if (const auto unknown = unknown_attributes_of(request.message); unknown.count > 0) {
    return refuse_unknown(core, request, unknown);
  }
  core.counters.bindings.add();
  auto writer = begin_success(request);
  writer.xor_address(AttributeType::kXorMappedAddress, request.from.tuple.client);
  return finish_reply(request, writer);
}

base::Bytes answer_classic_binding(Core& core, base::TimePoint now, const FiveTuple& from,
                                   base::Bytes request, base::MutableBytes space) {
  if (!may_answer(core, now, from, core.allocations.find(from), false)) return {};
  core.counters.bindings.add();
  return stun::write_classic_binding_success(space, request, from.client);
}

}  // namespace relay

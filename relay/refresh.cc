// Refresh (RFC 8656 §8.2).
#include "relay/handlers.h"

namespace relay {

using stun::AttributeType;
using stun::ErrorCode;

std::optional<base::Bytes> require_own_allocation(Core& core, const Request& request) {
  if (!request.allocation)
    return refuse(core, request, ErrorCode::kAllocationMismatch, Reject::kAllocationMismatch);
  if (request.allocation->identity.username != request.identity.username) {
    return refuse(core, request, ErrorCode::kWrongCredentials, Reject::kWrongCredentials);
  }
  return std::nullopt;
}

namespace {

bool is_malformed(const stun::Message& message, AttributeType type) {
  const auto* attribute = message.find(type);
  return attribute && attribute->value.size() != 4;
}

// Which half of a dual allocation the client means; nullopt: all there is (§8.1).
std::optional<base::Family> named_family(const Request& request) {
  const auto* family = request.message.find(AttributeType::kRequestedAddressFamily);
  if (!family) return std::nullopt;
  return static_cast<base::Family>(family->value[0]);
}

base::Bytes success(const Request& request, std::chrono::seconds lifetime) {
  auto writer = begin_success(request);
  writer.word(AttributeType::kLifetime, static_cast<uint32_t>(lifetime.count()));
  return finish_reply(request, writer);
}

}  // namespace

base::Bytes answer_refresh(Core& core, Request& request) {
  if (auto refusal = require_own_allocation(core, request)) return *refusal;
  if (is_malformed(request.message, AttributeType::kLifetime) ||
      is_malformed(request.message, AttributeType::kRequestedAddressFamily)) {
    return refuse(core, request, ErrorCode::kBadRequest, Reject::kBadRequest);
  }
  const auto wanted = request.message.word(AttributeType::kLifetime);
  const auto family = named_family(request);
  if (family && !request.allocation->relay_of(*family)) {
    return refuse(core, request, ErrorCode::kPeerAddressFamilyMismatch, Reject::kFamilyMismatch);
  }
  if (wanted == 0u && family && request.allocation->relays.size() > 1) {
    core.end_family(*request.allocation, *family);
    return success(request, std::chrono::seconds(0));
  }
  if (wanted == 0u) {
    core.end(*request.allocation, EndReason::kReleased);
    request.allocation = nullptr;
    return success(request, std::chrono::seconds(0));
  }
  const auto lifetime = granted_lifetime(core.options, wanted);
  core.allocations.refresh(*request.allocation, request.now.steady + lifetime);
  return success(request, lifetime);
}

}  // namespace relay

#include "relay/counters.h"

#include <iterator>

namespace relay {
namespace {

// In the order of the enumerators.
constexpr const char* kRejectLabels[] = {
    "challenge",
    "bad_request",
    "unknown_user",
    "wrong_integrity",
    "wrong_realm",
    "stale_nonce",
    "replayed",
    "unknown_attribute",
    "allocation_mismatch",
    "wrong_credentials",
    "unsupported_transport",
    "family_not_supported",
    "family_mismatch",
    "forbidden_peer",
    "unsignalled_peer",
    "own_service",
    "user_quota",
    "source_quota",
    "server_quota",
    "no_capacity",
    "no_descriptor",
    "no_address",
    "bad_token",
    "draining",
    "connection",
};
constexpr const char* kDropLabels[] = {
    "malformed",     "unknown_kind", "bad_fingerprint", "unexpected_class", "no_allocation",  "no_channel",
    "no_permission", "peer_denied",  "rate_limited",    "guessing",         "over_bandwidth", "too_large",
    "bad_source",    "no_hairpin",   "bad_indication",  "no_room",
};
static_assert(std::size(kRejectLabels) == static_cast<size_t>(Reject::kCount));
static_assert(std::size(kDropLabels) == static_cast<size_t>(Drop::kCount));

}  // namespace

const char* label_of(Reject reason) { return kRejectLabels[static_cast<size_t>(reason)]; }
const char* label_of(Drop reason) { return kDropLabels[static_cast<size_t>(reason)]; }

}  // namespace relay

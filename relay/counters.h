// What the TURN server counts. One writer (the worker), any reader (metrics).
#pragma once

#include <array>
#include <cstdint>

#include "base/counter.h"
#include "relay/five_tuple.h"

namespace relay {

// Why a request was refused. The names become the label `reason` of icebox_rejected_total.
#define RELAY_REJECT_REASONS(X)                                                                            \
  X(kChallenge, "challenge")                                                                               \
  X(kBadRequest, "bad_request")                                                                            \
  X(kUnknownUser, "unknown_user")                                                                          \
  X(kWrongIntegrity, "wrong_integrity") X(kWrongRealm, "wrong_realm") X(kStaleNonce, "stale_nonce")        \
      X(kUnknownAttribute, "unknown_attribute") X(kAllocationMismatch, "allocation_mismatch")              \
          X(kWrongCredentials, "wrong_credentials") X(kUnsupportedTransport, "unsupported_transport")      \
              X(kFamilyNotSupported, "family_not_supported") X(kFamilyMismatch, "family_mismatch")         \
                  X(kForbiddenPeer, "forbidden_peer") X(kUserQuota, "user_quota")                          \
                      X(kSourceQuota, "source_quota") X(kServerQuota, "server_quota")                      \
                          X(kNoCapacity, "no_capacity") X(kBadToken, "bad_token") X(kDraining, "draining") \
                              X(kConnection, "connection")

// Why a packet was dropped without an answer. The label `reason` of icebox_dropped_total.
#define RELAY_DROP_REASONS(X)                                                                           \
  X(kMalformed, "malformed")                                                                            \
  X(kUnknownKind, "unknown_kind")                                                                       \
  X(kBadFingerprint, "bad_fingerprint")                                                                 \
  X(kUnexpectedClass, "unexpected_class") X(kNoAllocation, "no_allocation") X(kNoChannel, "no_channel") \
      X(kNoPermission, "no_permission") X(kPeerDenied, "peer_denied") X(kRateLimited, "rate_limited")   \
          X(kOverBandwidth, "over_bandwidth") X(kTooLarge, "too_large") X(kBadSource, "bad_source")     \
              X(kNoHairpin, "no_hairpin") X(kIndication, "bad_indication")

#define RELAY_ENUMERATOR(name, label) name,
enum class Reject : uint8_t { RELAY_REJECT_REASONS(RELAY_ENUMERATOR) kCount };
enum class Drop : uint8_t { RELAY_DROP_REASONS(RELAY_ENUMERATOR) kCount };
#undef RELAY_ENUMERATOR

[[nodiscard]] const char* label_of(Reject reason);
[[nodiscard]] const char* label_of(Drop reason);

struct Traffic {
  base::Counter packets;
  base::Counter bytes;  // of application data, without TURN's framing
  void add(size_t payload_bytes) {
    packets.add();
    bytes.add(payload_bytes);
  }
};

struct Counters {
  std::array<base::Counter, static_cast<size_t>(Reject::kCount)> rejected;
  std::array<base::Counter, static_cast<size_t>(Drop::kCount)> dropped;
  std::array<std::array<base::Counter, 2>, kTransports>
      allocations;  // now alive, [transport][0 = IPv4, 1 = IPv6]
  base::Counter allocations_created;
  base::Counter allocations_expired;
  base::Counter bindings;
  Traffic to_peers;
  Traffic to_clients;

  void reject(Reject reason) { rejected[static_cast<size_t>(reason)].add(); }
  void drop(Drop reason) { dropped[static_cast<size_t>(reason)].add(); }
};

}  // namespace relay

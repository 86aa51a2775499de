// What the TURN server counts. One writer (the worker), any reader (metrics).
#pragma once

#include <array>
#include <cstdint>

#include "base/counter.h"
#include "relay/five_tuple.h"

namespace relay {

// Why a request was refused.
enum class Reject : uint8_t {
  kChallenge,
  kBadRequest,
  kUnknownUser,
  kWrongIntegrity,
  kWrongRealm,
  kStaleNonce,
  kReplayed,
  kUnknownAttribute,
  kAllocationMismatch,
  kWrongCredentials,
  kUnsupportedTransport,
  kFamilyNotSupported,
  kFamilyMismatch,
  kForbiddenPeer,
  kUnsignalledPeer,
  kOwnService,
  kUserQuota,
  kSourceQuota,
  kServerQuota,
  kNoCapacity,
  kNoDescriptor,
  kNoAddress,
  kBadToken,
  kDraining,
  kConnection,
  kCount
};

// Why a packet was dropped without an answer.
enum class Drop : uint8_t {
  kMalformed,
  kUnknownKind,
  kBadFingerprint,
  kUnexpectedClass,
  kNoAllocation,
  kNoChannel,
  kNoPermission,
  kPeerDenied,
  kRateLimited,
  kGuessing,
  kOverBandwidth,
  kTooLarge,
  kBadSource,
  kNoHairpin,
  kIndication,
  kNoRoom,
  kCount
};

// The label `reason` of icebox_rejected_total and icebox_dropped_total.
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

// TCP connections with peers (RFC 6062).
struct TcpCounters {
  base::Counter connections;  // now: being made, unbound, or bound
  base::Counter connected;    // by Connect
  base::Counter failed;       // Connects answered 447
  base::Counter accepted;     // from permitted peers
  base::Counter bound;
  base::Counter unclaimed;  // closed because no ConnectionBind came
  base::Counter bytes_to_peers;
  base::Counter bytes_to_clients;
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
  TcpCounters tcp;

  void reject(Reject reason) { rejected[static_cast<size_t>(reason)].add(); }
  void drop(Drop reason) { dropped[static_cast<size_t>(reason)].add(); }
};

}  // namespace relay

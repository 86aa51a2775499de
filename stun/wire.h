// Numbers on the wire: never renumber. RFC 8489 §18, RFC 8656 §17 and §18, RFC 6062 §6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace stun {

inline constexpr size_t kHeaderBytes = 20;
inline constexpr size_t kAttributeHeaderBytes = 4;
inline constexpr uint32_t kMagicCookie = 0x2112A442;  // RFC 8489 §5
inline constexpr uint32_t kFingerprintXor = 0x5354554e;
inline constexpr size_t kChannelDataHeaderBytes = 4;

using TransactionId = std::array<uint8_t, 12>;

enum class Method : uint16_t {
  kBinding = 0x001,
  kAllocate = 0x003,
  kRefresh = 0x004,
  kSend = 0x006,
  kData = 0x007,
  kCreatePermission = 0x008,
  kChannelBind = 0x009,
  kConnect = 0x00a,            // RFC 6062
  kConnectionBind = 0x00b,     // RFC 6062
  kConnectionAttempt = 0x00c,  // RFC 6062
};

enum class Class : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

// The class bits sit at 4 and 8 of the type, between the bits of the method (RFC 8489 §5, figure 3).
[[nodiscard]] constexpr uint16_t message_type(Method method, Class message_class) {
  const auto m = static_cast<uint16_t>(method);
  const auto c = static_cast<uint16_t>(message_class);
  return static_cast<uint16_t>((m & 0x000f) | (m & 0x0070) << 1 | (m & 0x0f80) << 2 | (c & 1) << 4 |
                               (c & 2) << 7);
}
[[nodiscard]] constexpr Method method_of(uint16_t type) {
  return static_cast<Method>((type & 0x000f) | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2);
}
[[nodiscard]] constexpr Class class_of(uint16_t type) {
  return static_cast<Class>((type >> 4 & 1) | (type >> 7 & 2));
}
static_assert(message_type(Method::kAllocate, Class::kError) == 0x0113);
static_assert(method_of(0x0113) == Method::kAllocate && class_of(0x0113) == Class::kError);

enum class AttributeType : uint16_t {
  kMappedAddress = 0x0001,
  kChangeRequest = 0x0003,  // RFC 5780; also RFC 3489
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000a,
  kChannelNumber = 0x000c,
  kLifetime = 0x000d,
  kBandwidth = 0x0010,  // reserved since RFC 5766; old clients still send it
  kXorPeerAddress = 0x0012,
  kData = 0x0013,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kXorRelayedAddress = 0x0016,
  kRequestedAddressFamily = 0x0017,
  kEvenPort = 0x0018,
  kRequestedTransport = 0x0019,
  kDontFragment = 0x001a,
  kMessageIntegritySha256 = 0x001c,
  kPasswordAlgorithm = 0x001d,
  kUserhash = 0x001e,
  kXorMappedAddress = 0x0020,
  kReservationToken = 0x0022,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kConnectionId = 0x002a,
  kAdditionalAddressFamily = 0x8000,
  kAddressErrorCode = 0x8001,
  kPasswordAlgorithms = 0x8002,
  kAlternateDomain = 0x8003,
  kIcmp = 0x8004,
  kSoftware = 0x8022,
  kAlternateServer = 0x8023,
  kTransactionTransmitCounter = 0x8025,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802a,
};

// A receiver that does not know a type below 0x8000 must not process the message (RFC 8489 §14).
[[nodiscard]] constexpr bool is_comprehension_required(uint16_t type) { return type < 0x8000; }

enum class ErrorCode : uint16_t {
  kTryAlternate = 300,
  kBadRequest = 400,
  kUnauthenticated = 401,
  kForbidden = 403,
  kUnknownAttribute = 420,
  kAllocationMismatch = 437,
  kStaleNonce = 438,
  kAddressFamilyNotSupported = 440,
  kWrongCredentials = 441,
  kUnsupportedTransportProtocol = 442,
  kPeerAddressFamilyMismatch = 443,
  kConnectionAlreadyExists = 446,     // RFC 6062
  kConnectionTimeoutOrFailure = 447,  // RFC 6062
  kAllocationQuotaReached = 486,
  kServerError = 500,
  kInsufficientCapacity = 508,
};

// REQUESTED-TRANSPORT carries IANA protocol numbers.
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolTcp = 6;

// PASSWORD-ALGORITHM values (RFC 8489 §18.5).
enum class PasswordAlgorithm : uint16_t { kMd5 = 1, kSha256 = 2 };

// 0x4000..0x7FFE, host byte order. RFC 8656 §12 has clients stop at 0x4FFF, so that one socket can tell
// channels from media and QUIC (RFC 7983, RFC 9443); those of RFC 5766's time, coturn's own among them, pick
// from all of it. At a TURN server nothing but ChannelData begins with the bits 01. 0x7FFF is reserved.
enum class ChannelNumber : uint16_t {};
inline constexpr uint16_t kMinChannelNumber = 0x4000;
inline constexpr uint16_t kMaxChannelNumber = 0x7ffe;

}  // namespace stun

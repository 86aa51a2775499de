// What a TCP connection speaks, from its first octets. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace net {

enum class FirstBytes : uint8_t {
  kNeedMore,     // could still become something; never said of kSniffBytes octets or more
  kProxyV2,      // the 12-octet signature of the PROXY protocol's binary header
  kProxyV1,      // its text header, "PROXY "
  kTls,          // a TLS record with a handshake: 16 03
  kTlsInTls,     // the same inside TLS, where nothing of ours begins so
  kStun,         // two zero bits, a length that is a multiple of four, the magic cookie at 4 (RFC 8489 §5)
  kIceTcp,       // a length and then a STUN message that fills it: the cookie at 6 (RFC 4571, RFC 6544 §10.1)
  kHttp,         // a method of HTTP/1 and a space
  kHttp2,        // the preface of HTTP/2, "PRI "
  kChannelData,  // 0x40..0x4F, and no method: ChannelData before there can be a channel
  kUnknown,      // nothing that is spoken here
};

// No decision needs more octets than this.
inline constexpr size_t kSniffBytes = 12;

// What the octets lie in: PROXY headers come only outside of TLS, TLS only once.
enum class Wrapping : uint8_t { kNone, kTls };

// Decides as soon as the octets leave one answer, however few they are. Does not allocate. Safe from any
// thread.
[[nodiscard]] FirstBytes sniff(base::Bytes bytes, Wrapping wrapping);

}  // namespace net

// The two messages of DTLS that are handled before any memory is held: ClientHello and HelloVerifyRequest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace net {

// The first octet of a datagram tells DTLS from STUN and ChannelData (RFC 7983 §7).
[[nodiscard]] constexpr bool is_dtls(uint8_t first_octet) { return first_octet >= 20 && first_octet <= 63; }

inline constexpr size_t kDtlsRandomBytes = 32;

// What a plaintext ClientHello says that matters for the cookie exchange. Views into the datagram.
struct DtlsClientHello {
  base::Bytes record_sequence;  // epoch and sequence number, 8 octets: the answer carries the same
  base::Bytes random;           // 32 octets: one per association, the same in its retransmissions
  base::Bytes cookie;           // empty in a client's first hello
};

// A datagram that begins with a whole, unencrypted ClientHello (RFC 6347 §4.2). nullopt for anything else,
// and for a ClientHello in fragments: without memory they cannot be put together.
[[nodiscard]] std::optional<DtlsClientHello> parse_dtls_client_hello(base::Bytes datagram);

// The longest HelloVerifyRequest: headers, version, and a cookie of at most 255 octets.
inline constexpr size_t kMaxHelloVerifyRequestBytes = 13 + 12 + 3 + 255;

// Writes the HelloVerifyRequest that asks `hello`'s sender for `cookie` (§4.2.1) and returns its bytes in
// `buffer` of at least kMaxHelloVerifyRequestBytes.
[[nodiscard]] base::Bytes write_hello_verify_request(const DtlsClientHello& hello, base::Bytes cookie,
                                                     base::MutableBytes buffer);

}  // namespace net

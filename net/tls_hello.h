// Whether a TLS client's first message has come whole. Pure; internal to net.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace net {

// Browsers send 500 to 2000 octets, with post-quantum keys too; what is longer is nobody's.
inline constexpr size_t kLongestTlsHello = 8 * 1024;

enum class TlsHello : uint8_t {
  kNeedMore,  // may become one; never said of kLongestTlsHello octets or more
  kWhole,     // a ClientHello in one record or several (RFC 8446 §4.1.2, §5.1), and perhaps what follows it
  kNone       // no ClientHello, or too long a one
};

// `bytes`: everything that has come. Before OpenSSL sees any of it: a handshake costs 30 KB from its first
// octet on, and nothing before. Cost: a look at each record's header. Any thread.
[[nodiscard]] TlsHello find_tls_hello(base::Bytes bytes);

// True if no record in `bytes` is cut off at the end.
[[nodiscard]] bool ends_with_whole_record(base::Bytes bytes);

}  // namespace net

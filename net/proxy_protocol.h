// The PROXY protocol, versions 1 and 2: a load balancer says in front of a connection who the client is.
// Pure. Specification: haproxy's doc/proxy-protocol.txt, sections 2.1 (text) and 2.2 (binary).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace net {

// Who speaks to whom, as the proxy saw it.
struct ProxiedAddresses {
  base::Endpoint client;
  base::Endpoint server;
};

struct ProxyHeader {
  // nullopt: the proxy speaks for itself (LOCAL, a health check), or the addresses are not told or not IP:
  // the socket's own hold.
  std::optional<ProxiedAddresses> addresses;
  bool client_uses_tls = false;  // the proxy says that it ended TLS (PP2_TYPE_SSL, section 2.2.6)
  size_t header_bytes = 0;       // where the connection's own octets begin
};

enum class ProxyError : uint8_t {
  kNoHeader,   // anything but a PROXY header
  kText,       // a text header that is malformed
  kVersion,    // a binary header of a version other than 2
  kCommand,    // neither LOCAL nor PROXY
  kTransport,  // an address family or transport that the specification does not know, or datagrams
  kTooShort,   // the length leaves no room for the addresses of its family
  kTooLong,    // more than kLongestProxyHeader
  kTlv,        // a TLV runs past the end of the header
};

// 16 fixed octets, 216 of the longest address, and room for TLVs (client certificate names, AWS and Azure
// ids).
inline constexpr size_t kLongestProxyHeader = 4096;
// Of version 1, with its line end.
inline constexpr size_t kLongestTextProxyHeader = 107;

// The header at the front of `bytes`; nullopt if more octets are needed, an error as soon as it is sure. The
// octets of TLVs are checked for their lengths and skipped. Does not allocate. Safe from any thread.
//
// Whoever may send it may name any client: only ever call this for connections from configured proxies.
[[nodiscard]] std::expected<std::optional<ProxyHeader>, ProxyError> parse_proxy_header(base::Bytes bytes);
// The same of version 1, which `bytes` begin with: "PROXY ".
[[nodiscard]] std::expected<std::optional<ProxyHeader>, ProxyError> parse_text_proxy_header(
    base::Bytes bytes);

// What is wrong and what to do, for an operator.
[[nodiscard]] std::string_view describe(ProxyError error);

}  // namespace net

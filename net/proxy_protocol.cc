#include "net/proxy_protocol.h"

#include "net/sniffer.h"

namespace net {
namespace {

constexpr size_t kFixedBytes = 16;
constexpr size_t kIpv4Bytes = 4 + 4 + 2 + 2;
constexpr size_t kIpv6Bytes = 16 + 16 + 2 + 2;
constexpr size_t kUnixBytes = 108 + 108;
constexpr size_t kTlvHeaderBytes = 3;
constexpr uint8_t kTypeSsl = 0x20;
constexpr uint8_t kClientSsl = 0x01;

enum Family : uint8_t { kUnspecified = 0x0, kInet = 0x1, kInet6 = 0x2, kUnix = 0x3 };
enum Transport : uint8_t { kUnspecifiedTransport = 0x0, kStream = 0x1, kDatagram = 0x2 };
enum Command : uint8_t { kLocal = 0x0, kProxy = 0x1 };

// version_command | family_transport | length (2) behind the 12-octet signature
struct Fixed {
  uint8_t command;
  uint8_t family;
  uint8_t transport;
  size_t body_bytes;
};

std::expected<Fixed, ProxyError> parse_fixed(const uint8_t* at) {
  if (at[12] >> 4 != 2) return std::unexpected(ProxyError::kVersion);
  const Fixed fixed{static_cast<uint8_t>(at[12] & 0xf), static_cast<uint8_t>(at[13] >> 4),
                    static_cast<uint8_t>(at[13] & 0xf), base::load_be16(at + 14)};
  if (fixed.command > kProxy) return std::unexpected(ProxyError::kCommand);
  if (fixed.family > kUnix || fixed.transport >= kDatagram) return std::unexpected(ProxyError::kTransport);
  if (kFixedBytes + fixed.body_bytes > kLongestProxyHeader) return std::unexpected(ProxyError::kTooLong);
  return fixed;
}

size_t address_bytes(uint8_t family) {
  switch (family) {
    case kInet:
      return kIpv4Bytes;
    case kInet6:
      return kIpv6Bytes;
    case kUnix:
      return kUnixBytes;
    default:
      return 0;
  }
}

base::IpAddress load_ipv6(const uint8_t* at) {
  return base::IpAddress::v6(base::load_be64(at), base::load_be64(at + 8)).unmapped();
}

std::optional<ProxiedAddresses> addresses(uint8_t family, const uint8_t* at) {
  if (family == kInet) {
    return ProxiedAddresses{{base::IpAddress::v4(base::load_be32(at)), base::load_be16(at + 8)},
                            {base::IpAddress::v4(base::load_be32(at + 4)), base::load_be16(at + 10)}};
  }
  if (family == kInet6) {
    return ProxiedAddresses{{load_ipv6(at), base::load_be16(at + 32)},
                            {load_ipv6(at + 16), base::load_be16(at + 34)}};
  }
  return std::nullopt;
}

// Do they say that the client came by TLS? nullopt: one runs past the end.
std::optional<bool> read_tlvs(base::Bytes tlvs) {
  bool client_uses_tls = false;
  while (!tlvs.empty()) {
    if (tlvs.size() < kTlvHeaderBytes) return std::nullopt;
    const size_t bytes = kTlvHeaderBytes + base::load_be16(tlvs.data() + 1);
    if (bytes > tlvs.size()) return std::nullopt;
    if (tlvs[0] == kTypeSsl && bytes > kTlvHeaderBytes && (tlvs[kTlvHeaderBytes] & kClientSsl) != 0)
      client_uses_tls = true;
    tlvs = tlvs.subspan(bytes);
  }
  return client_uses_tls;
}

std::expected<ProxyHeader, ProxyError> parse_body(const Fixed& fixed, base::Bytes body) {
  const ProxyHeader local{.addresses = {}, .header_bytes = kFixedBytes + body.size()};
  // LOCAL: the family is to be ignored, and so is all that follows (section 2.2).
  if (fixed.command == kLocal) return local;
  const size_t bytes = address_bytes(fixed.family);
  if (body.size() < bytes) return std::unexpected(ProxyError::kTooShort);
  // UNSPEC: the receiver must ignore the rest, of whatever length.
  if (fixed.family == kUnspecified || fixed.transport == kUnspecifiedTransport) return local;
  const auto client_uses_tls = read_tlvs(body.subspan(bytes));
  if (!client_uses_tls) return std::unexpected(ProxyError::kTlv);
  return ProxyHeader{addresses(fixed.family, body.data()), *client_uses_tls, local.header_bytes};
}

}  // namespace

std::expected<std::optional<ProxyHeader>, ProxyError> parse_proxy_header(base::Bytes bytes) {
  switch (sniff(bytes, Wrapping::kNone)) {
    case FirstBytes::kProxyV2:
      break;
    case FirstBytes::kProxyV1:
      return parse_text_proxy_header(bytes);
    case FirstBytes::kNeedMore:
      return std::nullopt;
    default:
      return std::unexpected(ProxyError::kNoHeader);
  }
  if (bytes.size() < kFixedBytes) return std::nullopt;
  const auto fixed = parse_fixed(bytes.data());
  if (!fixed) return std::unexpected(fixed.error());
  if (bytes.size() < kFixedBytes + fixed->body_bytes) return std::nullopt;
  const auto header = parse_body(*fixed, bytes.subspan(kFixedBytes, fixed->body_bytes));
  if (!header) return std::unexpected(header.error());
  return *header;
}

std::string_view describe(ProxyError error) {
  switch (error) {
    case ProxyError::kNoHeader:
      return "no PROXY header: let the load balancer send one (HAProxy: send-proxy-v2, nginx: proxy_protocol "
             "on), or take it out of limits.proxy_protocol_from";
    case ProxyError::kText:
      return "malformed PROXY header of version 1: switch the load balancer to version 2";
    case ProxyError::kVersion:
      return "PROXY protocol of an unknown version: switch the load balancer to version 2";
    case ProxyError::kCommand:
      return "PROXY header with an unknown command";
    case ProxyError::kTransport:
      return "PROXY header for datagrams or of an unknown address family";
    case ProxyError::kTooShort:
      return "PROXY header too short for its addresses";
    case ProxyError::kTooLong:
      return "PROXY header above 4096 octets: let the load balancer send fewer TLVs";
    case ProxyError::kTlv:
      return "PROXY header with a TLV that runs past its end";
  }
  return "PROXY header";
}

}  // namespace net

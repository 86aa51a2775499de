#include "net/socket_address.h"

#include <arpa/inet.h>

#include "base/bytes.h"

namespace net {

using base::Endpoint;
using base::Family;
using base::IpAddress;

IpAddress to_ip(const in_addr& address) { return IpAddress::v4(ntohl(address.s_addr)); }

IpAddress to_ip(const in6_addr& address) {
  return IpAddress::v6(base::load_be64(address.s6_addr), base::load_be64(address.s6_addr + 8)).unmapped();
}

in_addr to_in_addr(const IpAddress& v4) { return {.s_addr = htonl(static_cast<uint32_t>(v4.lo))}; }

in6_addr to_in6_addr(const IpAddress& address) {
  constexpr uint64_t kMappedPrefix = uint64_t{0xffff} << 32;
  in6_addr out;
  base::store_be64(out.s6_addr, address.hi);
  base::store_be64(out.s6_addr + 8, address.is_v4() ? address.lo | kMappedPrefix : address.lo);
  return out;
}

void to_socket_address(const Endpoint& endpoint, Family socket_family, SocketAddress& out) {
  if (socket_family == Family::kIpv4) {
    out.v4 = {.sin_family = AF_INET,
              .sin_port = htons(endpoint.port),
              .sin_addr = to_in_addr(endpoint.ip),
              .sin_zero = {}};
    out.bytes = sizeof out.v4;
    return;
  }
  out.v6 = {.sin6_family = AF_INET6,
            .sin6_port = htons(endpoint.port),
            .sin6_flowinfo = 0,
            .sin6_addr = to_in6_addr(endpoint.ip),
            .sin6_scope_id = endpoint.ip.zone};
  out.bytes = sizeof out.v6;
}

Endpoint to_endpoint(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address);
    return {to_ip(v4.sin_addr), ntohs(v4.sin_port)};
  }
  if (address->sa_family != AF_INET6) return {};
  const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(address);
  Endpoint endpoint{to_ip(v6.sin6_addr), ntohs(v6.sin6_port)};
  endpoint.ip.zone = v6.sin6_scope_id;  // the kernel sets it for link-local addresses alone
  return endpoint;
}

}  // namespace net

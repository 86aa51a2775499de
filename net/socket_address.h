// base::Endpoint to and from the kernel's socket addresses.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "base/address.h"

namespace net {

// Room for either family; what the kernel needs is its first `bytes` octets.
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t bytes = 0;
};

// For a socket of `socket_family`: an IPv4 endpoint on an IPv6 (dual-stack) socket becomes ::ffff:a.b.c.d.
void to_socket_address(const base::Endpoint& endpoint, base::Family socket_family, SocketAddress& out);

// The zone of a link-local address goes both ways. IPv4-mapped addresses come out as IPv4. An unknown family gives 0.0.0.0:0.
[[nodiscard]] base::Endpoint to_endpoint(const sockaddr* address);

[[nodiscard]] base::IpAddress to_ip(const in_addr& address);
[[nodiscard]] base::IpAddress to_ip(const in6_addr& address);  // unmapped
[[nodiscard]] in_addr to_in_addr(const base::IpAddress& v4);
[[nodiscard]] in6_addr to_in6_addr(const base::IpAddress& address);  // IPv4 becomes mapped

}  // namespace net

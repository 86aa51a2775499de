#include "net/udp_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "net/socket_address.h"

namespace net {
namespace {

using base::Endpoint;
using base::Family;

bool set(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool wants(bool asked, int fd, int level, int name) { return !asked || set(fd, level, name, 1); }

// The privileged option may pass the system's limit; the plain one is cut to it.
bool set_buffer(int fd, int forced, int plain, int bytes) {
  return bytes == 0 || set(fd, SOL_SOCKET, forced, bytes) || set(fd, SOL_SOCKET, plain, bytes);
}

bool set_common_options(int fd, const UdpOptions& options) {
  return wants(options.reuse_port, fd, SOL_SOCKET, SO_REUSEPORT) &&
         wants(options.receive_drops, fd, SOL_SOCKET, SO_RXQ_OVFL) &&
         set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes) &&
         set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes);
}

bool set_ipv4_options(int fd, const UdpOptions& options) {
  return set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT) &&
         wants(options.packet_info, fd, IPPROTO_IP, IP_PKTINFO) &&
         wants(options.receive_errors, fd, IPPROTO_IP, IP_RECVERR) &&
         wants(options.receive_tos, fd, IPPROTO_IP, IP_RECVTOS);
}

// An IPv6 socket that also takes IPv4 needs the IPv4 options too: they govern its IPv4 datagrams.
bool set_ipv6_options(int fd, const UdpOptions& options) {
  return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only) &&
         set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT) &&
         wants(options.packet_info, fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) &&
         wants(options.receive_errors, fd, IPPROTO_IPV6, IPV6_RECVERR) &&
         wants(options.receive_tos, fd, IPPROTO_IPV6, IPV6_RECVTCLASS) &&
         (options.v6_only || set_ipv4_options(fd, options));
}

bool set_options(int fd, Family family, const UdpOptions& options) {
  return set_common_options(fd, options) &&
         (family == Family::kIpv4 ? set_ipv4_options(fd, options) : set_ipv6_options(fd, options));
}

bool bind_to(int fd, const Endpoint& local) {
  SocketAddress address;
  to_socket_address(local, local.ip.family, address);
  return bind(fd, &address.any, address.bytes) == 0;
}

// The port alone may differ from what was asked; the address keeps its family even when it is mapped.
uint16_t bound_port(int fd) {
  SocketAddress address;
  socklen_t bytes = sizeof address.v6;
  return getsockname(fd, &address.any, &bytes) == 0 ? to_endpoint(&address.any).port : uint16_t{0};
}

}  // namespace

std::expected<UdpSocket, SystemError> UdpSocket::open(const Endpoint& local, const UdpOptions& options) {
  const auto failed = [&](const char* deed) {
    return std::unexpected(system_error(errno, "udp " + local.to_string(), deed));
  };
  const int domain = local.ip.is_v4() ? AF_INET : AF_INET6;
  UniqueFd fd(socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("socket");
  if (!set_options(fd.get(), local.ip.family, options)) return failed("setsockopt");
  if (!bind_to(fd.get(), local)) return failed("bind");
  const Endpoint bound{local.ip, bound_port(fd.get())};
  return UdpSocket(std::move(fd), bound);
}

std::optional<IcmpError> UdpSocket::next_error() const { return read_icmp_error(fd()); }

}  // namespace net

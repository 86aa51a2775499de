#include "net/listening_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "net/socket_address.h"

namespace net {
namespace {

bool set(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

uint16_t bound_port(int fd) {
  SocketAddress address;
  socklen_t bytes = sizeof address.v6;
  return getsockname(fd, &address.any, &bytes) == 0 ? to_endpoint(&address.any).port : uint16_t{0};
}

UniqueFd open_tcp(base::Family family) {
  const int domain = family == base::Family::kIpv6 ? AF_INET6 : AF_INET;
  return UniqueFd(::socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

std::expected<ListeningSocket, SystemError> open_listening_socket(const base::Endpoint& endpoint,
                                                                  bool v6_only, int backlog,
                                                                  bool share_port) {
  const auto failed = [&](const char* deed) {
    return std::unexpected(system_error(errno, "tcp " + endpoint.to_string(), deed));
  };
  const bool v6 = endpoint.ip.is_v6();
  UniqueFd fd = open_tcp(endpoint.ip.family);
  if (!fd) return failed("socket");
  // A restart must not wait for connections of the last run to leave TIME_WAIT.
  if (!set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1)) return failed("setsockopt");
  if (share_port && !set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) return failed("setsockopt");
  if (v6 && !set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6_only)) return failed("setsockopt");
  SocketAddress address;
  to_socket_address(endpoint, endpoint.ip.family, address);
  if (::bind(fd.get(), &address.any, address.bytes) != 0) return failed("bind");
  if (::listen(fd.get(), backlog) != 0) return failed("listen");
  const base::Endpoint local{endpoint.ip, bound_port(fd.get())};
  return ListeningSocket{std::move(fd), local};
}

std::expected<AcceptedSocket, int> accept_from(int listening_socket) {
  SocketAddress from;
  socklen_t bytes = sizeof from.v6;
  UniqueFd fd(::accept4(listening_socket, &from.any, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return std::unexpected(errno);
  return AcceptedSocket{std::move(fd), to_endpoint(&from.any)};
}

std::expected<UniqueFd, SystemError> connect_from(const base::Endpoint& local, const base::Endpoint& remote) {
  const auto failed = [&](const char* deed) {
    return std::unexpected(system_error(errno, "tcp " + local.to_string(), deed));
  };
  UniqueFd fd = open_tcp(local.ip.family);
  if (!fd) return failed("socket");
  // Both are needed beside a listening socket on that address; neither makes this one receive connections.
  if (!set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) || !set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1))
    return failed("setsockopt");
  SocketAddress address;
  to_socket_address(local, local.ip.family, address);
  if (::bind(fd.get(), &address.any, address.bytes) != 0) return failed("bind");
  to_socket_address(remote, local.ip.family, address);
  if (::connect(fd.get(), &address.any, address.bytes) != 0 && errno != EINPROGRESS) return failed("connect");
  return fd;
}

int connect_outcome(int socket) {
  int error = 0;
  socklen_t bytes = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 ? error : errno;
}

}  // namespace net

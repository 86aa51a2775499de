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

}  // namespace

std::expected<ListeningSocket, SystemError> open_listening_socket(const base::Endpoint& endpoint,
                                                                  bool v6_only, int backlog) {
  const auto failed = [&](const char* deed) {
    return std::unexpected(system_error(errno, "tcp " + endpoint.to_string(), deed));
  };
  const bool v6 = endpoint.ip.is_v6();
  UniqueFd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("socket");
  // A restart must not wait for connections of the last run to leave TIME_WAIT.
  if (!set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1)) return failed("setsockopt");
  if (v6 && !set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6_only)) return failed("setsockopt");
  SocketAddress address;
  to_socket_address(endpoint, endpoint.ip.family, address);
  if (::bind(fd.get(), &address.any, address.bytes) != 0) return failed("bind");
  if (::listen(fd.get(), backlog) != 0) return failed("listen");
  const base::Endpoint local{endpoint.ip, bound_port(fd.get())};
  return ListeningSocket{std::move(fd), local};
}

}  // namespace net

#include "bench/generator/test_socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "net/socket_address.h"

namespace bench::generator {
namespace {

// What a burst to one socket needs while the generator is busy elsewhere; taken only as far as it fills.
constexpr int kBufferBytes = 8 << 20;

std::expected<net::UdpSocket, std::string> open(const base::Endpoint& local) {
  auto socket =
      net::UdpSocket::open(local, {.receive_buffer_bytes = kBufferBytes, .send_buffer_bytes = kBufferBytes});
  if (!socket) return std::unexpected(socket.error().text);
  return std::move(*socket);
}

base::Endpoint local_of(int fd) {
  net::SocketAddress address;
  socklen_t bytes = sizeof address.v6;
  if (getsockname(fd, &address.any, &bytes) != 0) return {};
  return net::to_endpoint(&address.any);
}

}  // namespace

std::expected<TestSocket, std::string> open_connected(const base::Endpoint& to, uint16_t local_port) {
  auto socket = open({to.ip.is_v4() ? base::IpAddress::v4(0) : base::IpAddress::v6(0, 0), local_port});
  if (!socket) return std::unexpected(socket.error());
  net::SocketAddress address;
  net::to_socket_address(to, to.ip.family, address);
  if (connect(socket->fd(), &address.any, address.bytes) != 0)
    return std::unexpected(net::system_error(errno, "udp to " + to.to_string(), "connect").text);
  const auto local = local_of(socket->fd());
  return TestSocket{std::move(*socket), local};
}

std::expected<TestSocket, std::string> open_on(const base::IpAddress& local) {
  auto socket = open({local, 0});
  if (!socket) return std::unexpected(socket.error());
  const auto bound = socket->local();
  return TestSocket{std::move(*socket), bound};
}

}  // namespace bench::generator

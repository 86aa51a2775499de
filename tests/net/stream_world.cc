#include "tests/net/stream_world.h"

#include <sys/socket.h>

#include "net/listening_socket.h"

namespace net {

const TlsContext& test_tls_context() {
  static const TlsContext context = *TlsContext::create(*Certificate::make_self_signed(
      {.common_name = "localhost", .now = base::WallTime(std::chrono::days(20'000))}));
  return context;
}

Connection connect_pair(int client_receive_buffer_bytes) {
  const auto listening = open_listening_socket({base::IpAddress::v4(0x7f000001), 0}, true, 1);
  Connection connection;
  connection.client = std::make_unique<BlockingClient>(listening->local, client_receive_buffer_bytes);
  connection.server.reset(::accept4(listening->fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return connection;
}

}  // namespace net

// The generator's UDP sockets: with large buffers, in the wanted namespace.
#pragma once

#include <expected>
#include <string>

#include "base/address.h"
#include "net/udp_socket.h"

namespace bench::generator {

struct TestSocket {
  net::UdpSocket socket;
  base::Endpoint local;  // as others reach it
};

// Talks to `to` alone; the kernel picks the source address, and the port if it is 0.
[[nodiscard]] std::expected<TestSocket, std::string> open_connected(const base::Endpoint& to,
                                                                    uint16_t local_port = 0);
// On a port that the kernel picks; hears everybody.
[[nodiscard]] std::expected<TestSocket, std::string> open_on(const base::IpAddress& local);

}  // namespace bench::generator

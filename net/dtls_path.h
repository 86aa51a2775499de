// Which DTLS association a datagram belongs to.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"

namespace net {

// The client's address, the server's address that it sent to, and the caller's own note of the socket.
struct DtlsPath {
  base::Endpoint client;
  base::Endpoint server;
  uint32_t route = 0;  // opaque; no part of the identity

  [[nodiscard]] std::array<uint64_t, 5> words() const {
    const auto families =
        static_cast<uint64_t>(client.ip.family) << 8 | static_cast<uint64_t>(server.ip.family);
    return {client.ip.hi_with_zone(), client.ip.lo, server.ip.hi, server.ip.lo,
            uint64_t{client.port} << 48 | uint64_t{server.port} << 32 | families};
  }
};

}  // namespace net

// Who talks to whom over what (RFC 8656 §2: an allocation is known by its 5-tuple).
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"

namespace relay {

enum class Transport : uint8_t { kUdp, kTcp, kTls, kDtls };
inline constexpr size_t kTransports = 4;

[[nodiscard]] constexpr bool is_stream(Transport transport) {
  return transport == Transport::kTcp || transport == Transport::kTls;
}
[[nodiscard]] constexpr const char* name_of(Transport transport) {
  constexpr const char* kNames[] = {"udp", "tcp", "tls", "dtls"};
  return kNames[static_cast<size_t>(transport)];
}

// The client's transport address as the server sees it, the server's address that it sent to, and the
// protocol. TCP and TLS on one port share the space of tuples, as one connection is either. UDP and DTLS do
// not: a plain datagram, whose source anybody can forge, must not reach the allocation of a DTLS client.
struct FiveTuple {
  base::Endpoint client;
  base::Endpoint server;
  Transport transport = Transport::kUdp;

  [[nodiscard]] std::array<uint64_t, 5> words() const {
    const auto families =
        static_cast<uint64_t>(client.ip.family) << 8 | static_cast<uint64_t>(server.ip.family);
    return {client.ip.hi_with_zone(), client.ip.lo, server.ip.hi, server.ip.lo,
            uint64_t{client.port} << 48 | uint64_t{server.port} << 32 | families << 8 | space_of(transport)};
  }
  bool operator==(const FiveTuple& other) const { return words() == other.words(); }

 private:
  static constexpr uint64_t space_of(Transport transport) {
    return is_stream(transport) ? 1 : transport == Transport::kDtls ? 2 : 0;
  }
};

// A 5-tuple and the worker's own note of how to reach that client: a listening socket, or a stream.
struct ClientPath {
  FiveTuple tuple;
  uint32_t route = 0;        // opaque to relay/
  bool handed_over = false;  // a stream that has come from another worker
};

}  // namespace relay

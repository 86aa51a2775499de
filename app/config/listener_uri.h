// A listening address as `listen` writes it: "udp://0.0.0.0:3478", "tls://[::]:443".
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"

namespace app {

enum class Scheme : uint8_t {
  kUdp,  // STUN, TURN, DTLS and the appliance's own ICE
  kTcp,  // TURN, ICE-TCP, HTTP, WebSocket, and TLS if the first bytes are a ClientHello
  kTls,  // as kTcp, but nothing without TLS
};

struct Listener {
  Scheme scheme = Scheme::kUdp;
  base::Endpoint endpoint;  // port 0: the kernel picks one

  auto operator<=>(const Listener&) const = default;
};

// The error says what is wrong and what to write instead; it does not repeat `text`.
[[nodiscard]] std::expected<Listener, std::string> parse_listener_uri(std::string_view text);
// Whether `listener` is on [::] and takes IPv4 too: so it does, over UDP and TCP alike, unless another of
// `all` has an IPv4 address with the same port of the same protocol.
[[nodiscard]] bool takes_both_families(const Listener& listener, std::span<const Listener> all);
[[nodiscard]] std::string to_string(const Listener& listener);
[[nodiscard]] std::string_view to_string(Scheme scheme);

}  // namespace app

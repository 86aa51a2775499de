// The opening handshake, a server's side (RFC 6455 §4.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace net {

// Why the request cannot become a WebSocket, as the answer to it: 405 not GET, 426 not version 13 or no
// WebSocket at all, 400 malformed. nullopt: it can.
[[nodiscard]] std::optional<HttpResponse> websocket_refusal(const HttpRequest& request);

// What Sec-WebSocket-Protocol offers, in the client's order of preference. Views into `request`.
[[nodiscard]] std::vector<std::string_view> offered_subprotocols(const HttpRequest& request);

// The answer's octets: 101, no extension. `subprotocol`: one of those offered, or empty for none.
// websocket_refusal() had nothing against the request.
[[nodiscard]] std::string websocket_acceptance(const HttpRequest& request, std::string_view subprotocol);

}  // namespace net

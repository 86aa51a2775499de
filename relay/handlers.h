// One function per request method, each in a file of its own. All are called after authentication and after
// the check for unknown attributes; all return the answer to send.
#pragma once

#include "relay/request.h"

namespace relay {

[[nodiscard]] base::Bytes answer_allocate(Core& core, Request& request);           // RFC 8656 §7
[[nodiscard]] base::Bytes answer_refresh(Core& core, Request& request);            // RFC 8656 §8
[[nodiscard]] base::Bytes answer_create_permission(Core& core, Request& request);  // RFC 8656 §10
[[nodiscard]] base::Bytes answer_channel_bind(Core& core, Request& request);       // RFC 8656 §12
[[nodiscard]] base::Bytes answer_connect(Core& core, Request& request);            // RFC 6062 §5.2
[[nodiscard]] base::Bytes answer_connection_bind(Core& core, Request& request);    // RFC 6062 §5.4

// The connection that a ConnectionBind wants, if it is another worker's and the stream may go there.
[[nodiscard]] std::optional<ConnectionId> connection_elsewhere(const Core& core, const Request& request);
// The connection of this worker that a ConnectionBind wants and nobody has bound; nullptr: none.
[[nodiscard]] PeerConnection* unbound_connection(Core& core, const Request& request);

// 437 without an allocation, 441 with somebody else's (RFC 8656 §5). Nothing: go on.
[[nodiscard]] std::optional<base::Bytes> require_own_allocation(Core& core, const Request& request);

// The lifetime to grant for a LIFETIME of `wanted` seconds (RFC 8656 §7.2).
[[nodiscard]] std::chrono::seconds granted_lifetime(const ServerOptions& options,
                                                    std::optional<uint32_t> wanted);

}  // namespace relay

// The opening handshake of a WebSocket, a client's side (RFC 6455 §4.1). Pure.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace bench::generator::hub {

// `target`: path and query. `bearer`: empty for none.
[[nodiscard]] std::string upgrade_request(const base::Endpoint& server, std::string_view target,
                                          std::string_view bearer);

// How many octets at the front of `received` are the answer's head. nullopt: more must come. The error is the
// refusal's status line, or says what is wrong with the acceptance.
[[nodiscard]] std::expected<std::optional<size_t>, std::string> read_upgrade_answer(
    std::string_view received);

}  // namespace bench::generator::hub

// The messages of ice-test as JSON. Pure.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "signaling/message.h"
#include "signaling/refusal.h"

namespace signaling::dialects {

// What POST /send brings, {"type","content","to","from"}, as one line of JSON for the receiver: those four
// members in this order, each a string, and no other. As its server has it, missing ones and null are empty,
// and of a member that stands twice the last counts. Refused are 413, above `max_bytes`, and 400.
[[nodiscard]] std::expected<Outgoing, Refusal> read_ice_test_message(std::string_view body, size_t max_bytes);

}  // namespace signaling::dialects

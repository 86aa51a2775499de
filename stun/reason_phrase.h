// What ERROR-CODE says to people (RFC 8489 §14.8).
#pragma once

#include <string_view>

#include "stun/wire.h"

namespace stun {

// As the RFC that defines the code has it; at most 40 octets.
[[nodiscard]] std::string_view reason_phrase(ErrorCode code);

}  // namespace stun

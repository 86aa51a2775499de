// Status codes in words (RFC 9110 §15).
#pragma once

#include <cstdint>
#include <string_view>

namespace net {

// "Not Found" for 404; "Unknown Status" for a code that nobody registered.
[[nodiscard]] std::string_view reason_phrase(uint16_t status);

}  // namespace net

// Hex as fingerprints are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signaling {

// "ab:CD:01" and "abcd01" -> "ABCD01". nullopt unless it is pairs of hex digits, at least one, with a colon
// between all of them or between none.
[[nodiscard]] std::optional<std::string> compact_hex(std::string_view text);

}  // namespace signaling

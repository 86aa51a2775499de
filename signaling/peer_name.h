// What may be called what. Names travel through JSON, terminals, logs and pages: they must look like what
// they are.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "signaling/refusal.h"

namespace signaling {

inline constexpr size_t kMaxNameBytes = 64;

// The name as it is stored, surrounding spaces removed: 1 to 64 octets of UTF-8, no control or invisible
// characters, nothing that changes the direction of writing, and not a fingerprint, which would shadow
// another peer's. `field` is named in the text of the refusal (code 400).
[[nodiscard]] std::expected<std::string, Refusal> check_name(std::string_view field, std::string_view name);

// As above, or empty.
[[nodiscard]] std::expected<std::string, Refusal> check_kind(std::string_view kind);

}  // namespace signaling

// Fingerprints of DTLS certificates as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signaling {

inline constexpr size_t kFingerprintDigits = 64;  // SHA-256

// The canonical form, 64 upper-case hex digits, of a SHA-256 fingerprint written with or without colons, in
// either case. nullopt if the text is none.
[[nodiscard]] std::optional<std::string> canonical_fingerprint(std::string_view text);

}  // namespace signaling

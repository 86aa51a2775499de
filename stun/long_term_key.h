// Long-term credential keys (RFC 8489 §9.2.2, §18.5.1) and the username hash (§14.4).
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "stun/integrity.h"

namespace stun {

// Why RFC 8265's OpaqueString profile refuses a name or password.
enum class OpaqueStringError : uint8_t { kEmpty, kNotUtf8, kForbiddenCharacter, kTooLong };

// Longest prepared text: USERNAME takes fewer than 509 octets (RFC 8489 §14.3).
inline constexpr size_t kLongestOpaqueString = 508;

// RFC 8265 §4.2: non-ASCII spaces become U+0020, NFC, no case folding. Whatever RFC 8264's FreeformClass
// leaves out is refused (controls, unassigned and default-ignorable code points, old Hangul jamo), and so are
// joiners and the few characters with a contextual rule (RFC 5892 appendix A) where their context does not
// allow them. Preparing twice changes nothing. Unicode as libunistring knows it; a character newer than that
// is unassigned.
[[nodiscard]] std::expected<std::string, OpaqueStringError> opaque_string(std::string_view text);
// One sentence for an operator: what is wrong with the text and what to do.
[[nodiscard]] std::string_view describe(OpaqueStringError error);

// USERNAME, REALM or NONCE as received, without trailing NULs and then one pair of surrounding quotes (RFC
// 8489 §9.2.2): some C clients send them. A view into `text`.
[[nodiscard]] std::string_view trimmed_wire_text(std::string_view text);

// Keys of one user in one realm. MD5(username ":" realm ":" password) and the SHA-256 of the same octets.
struct LongTermKeys {
  Md5Digest md5;
  Sha256Digest sha256;
  bool operator==(const LongTermKeys&) const = default;
};

// `username`, `realm` and `password` are already prepared (opaque_string); REST usernames are taken as they
// are.
[[nodiscard]] LongTermKeys derive_long_term_keys(std::string_view username, std::string_view realm,
                                                 std::string_view password);
// SHA-256(username ":" realm): what a client sends in place of USERNAME.
[[nodiscard]] Sha256Digest userhash(std::string_view username, std::string_view realm);

}  // namespace stun

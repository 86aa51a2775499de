// Whose certificate an SDP lets its reader accept (RFC 8122 §5).
//
// Readers of SDP differ in what they take for a line, a name, a space and a letter, and each has read a
// fingerprint where another saw none. So nothing is parsed here: wherever the word stands, it must stand as
// RFC 8122 writes it and with the sender's own value behind it, and what readers may disagree about must not
// stand there at all.
#pragma once

#include <cstdint>
#include <string_view>

namespace signaling {

enum class SdpMatch : uint8_t {
  kAllMatch,     // it names a fingerprint at least once, and the sender's own each time
  kNone,         // it names none
  kOther,        // the word stands there with anything but the sender's own value behind it
  kUnreadable,   // has_doubtful_characters(), or letters beyond ASCII in what may be an attribute's name
  kForeignKeys,  // keys of media that no certificate vouches for: a=crypto, a=key-mgmt, k=
};

// `sdp` is unescaped; `fingerprint` canonical (fingerprint.h), not empty. One is as good as a line of its own
// that says "a=fingerprint:sha-256 VALUE", VALUE with or without colons and with spaces behind it, in either
// case but for "a=fingerprint". Linear.
[[nodiscard]] SdpMatch match_sdp_fingerprints(std::string_view sdp, std::string_view fingerprint);

// Whether the word stands anywhere, in whatever case.
[[nodiscard]] bool names_fingerprint(std::string_view text);

// Control characters other than CR, LF and TAB; what some readers end a line at (VT, FF, U+0085, U+2028,
// U+2029 and others); what is no UTF-8.
[[nodiscard]] bool has_doubtful_characters(std::string_view text);

}  // namespace signaling

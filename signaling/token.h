// Bearer tokens of peers and of invitations: `ibx_` and 32 random octets. Shown once; only the hash is ever
// stored.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace signaling {

using TokenHash = std::array<uint8_t, 32>;  // SHA-256 of the whole text

struct Token {
  std::string text;  // "ibx_" and 43 characters of base64url (RFC 4648 §5), no padding
  TokenHash hash{};
};

[[nodiscard]] Token make_token(base::RandomSource& random);

// What to look a presented token up by. nullopt: no token was ever written like that. There is exactly one
// text for each token, and finding its hash in a table tells a timing observer nothing about the text.
[[nodiscard]] std::optional<TokenHash> hash_token(std::string_view text);

}  // namespace signaling

// Time-limited credentials of draft-uberti-behave-turn-rest: username "expiry[:user]", password
// base64(HMAC(secret, username)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stun {

struct RestUsername {
  base::WallTime expires_at;
  std::string_view user;  // what follows the first colon; empty if there is none. A view into the parsed text
};

// Strict: one to eleven ASCII digits, no sign, no space, no overflow (turn-facts 46). nullopt: not a REST
// username.
[[nodiscard]] std::optional<RestUsername> parse_rest_username(std::string_view username);

enum class RestHash : uint8_t { kSha1, kSha256 };

[[nodiscard]] std::string rest_password(std::string_view secret, std::string_view username, RestHash hash);
[[nodiscard]] std::string rest_username(base::WallTime expires_at, std::string_view user);

}  // namespace stun

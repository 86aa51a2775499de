// A long-term user as stored: keys, never a password.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/time.h"

namespace storage {

using Md5Key = std::array<uint8_t, 16>;
using Sha256Key = std::array<uint8_t, 32>;
using UserHash = std::array<uint8_t, 32>;

// What a user proves itself with in one realm. The caller derives all of it from name, realm and password
// (RFC 8489 §9.2.2, §14.4); storage does not know how.
struct UserKeys {
  std::string realm;  // UTF-8, at most 763 octets, no NUL
  Md5Key md5{};
  Sha256Key sha256{};
  UserHash userhash{};  // unique among all users
  bool operator==(const UserKeys&) const = default;
};

struct User {
  std::string name;  // prepared with OpaqueString by the caller; 1 to 508 octets, no NUL (RFC 8489 §14.3)
  UserKeys keys;
  base::WallTime created_at;
  base::WallTime updated_at;  // of the last change of keys
  bool operator==(const User&) const = default;
};

}  // namespace storage

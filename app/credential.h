// Minting and judging credentials, for people and for pages.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/user_credentials.h"
#include "base/time.h"
#include "stun/rest_credential.h"

namespace app {

struct Credential {
  std::string username;
  std::string password;
  std::chrono::seconds ttl{};
};

// With the first secret, which must be there.
[[nodiscard]] Credential mint_credential(const AuthSettings& settings, stun::RestHash hash,
                                         std::string_view user, std::chrono::seconds ttl, base::WallTime now);

struct CredentialVerdict {
  bool accepted = false;
  std::string reason;  // one sentence: which user or secret it belongs to, or exactly why it is refused
};
// Whether the server would accept the pair now. `stored`: the database's record of that name, if any.
[[nodiscard]] CredentialVerdict verify_credential(const AuthSettings& settings, const storage::User* stored,
                                                  std::string_view username, std::string_view password,
                                                  base::WallTime now);

}  // namespace app

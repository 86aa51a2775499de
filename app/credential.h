// Judging credentials, for people: exactly why one is accepted or refused. Minting: hub/ice_servers.h.
#pragma once

#include <string>
#include <string_view>

#include "app/user_credentials.h"
#include "base/time.h"

namespace app {

struct CredentialVerdict {
  bool accepted = false;
  std::string reason;  // one sentence: which user or secret it belongs to, or exactly why it is refused
};
// Whether the server would accept the pair now. `stored`: the database's record of that name, if any.
[[nodiscard]] CredentialVerdict verify_credential(const AuthSettings& settings, const storage::User* stored,
                                                  std::string_view username, std::string_view password,
                                                  base::WallTime now);

}  // namespace app

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
// Whether the server would accept the pair now: found by find_account(), as the server finds it.
[[nodiscard]] CredentialVerdict verify_credential(const AccountSources& sources, std::string_view username,
                                                  std::string_view password, base::WallTime now);

}  // namespace app

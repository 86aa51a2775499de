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
// What the database knows: its record of that name, null if there is none, and all peers.
struct StoredFacts {
  const storage::User* user = nullptr;
  const storage::PeerSnapshot& peers;
};
// Whether the server would accept the pair now.
[[nodiscard]] CredentialVerdict verify_credential(const AuthSettings& settings, const StoredFacts& stored,
                                                  std::string_view username, std::string_view password,
                                                  base::WallTime now);

}  // namespace app

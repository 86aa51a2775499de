// Who may come in: users of the configuration, users of the database, and REST credentials.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/hub/ice_servers.h"
#include "relay/interfaces.h"
#include "storage/current_peers.h"
#include "storage/current_users.h"
#include "storage/peer_snapshot.h"

namespace app {

// What the configuration says about credentials, with keys derived once. Immutable; shared by the workers.
struct AuthSettings {
  std::string realm;
  std::map<std::string, stun::LongTermKeys, std::less<>> users;  // prepared names (OpaqueString)
  std::vector<std::string> secrets;                              // the first mints, all are accepted
  std::chrono::seconds max_credential_ttl{86400};
  bool takes_claims = false;  // signaling.legacy_peerbook: peers come in without a token
};

// The password that a REST username stands for is HMAC-SHA1 or HMAC-SHA256; both are accepted.
inline constexpr size_t kMaxRestSecrets = relay::Account::kMaxKeys / 2;

// Why a credential that was made for a peer is good no more, for people; nullopt: it is. `takes_claims`: as
// AuthSettings have it.
[[nodiscard]] std::optional<std::string_view> fault_of(const hub::TurnNameParts& name,
                                                       const storage::PeerSnapshot& peers, base::WallTime now,
                                                       bool takes_claims);

// One worker's look-ups. `users` outlives it. Worker's thread only.
class UserCredentials final : public relay::Credentials {
 public:
  // `users` and `peers` outlive it.
  UserCredentials(std::shared_ptr<const AuthSettings> settings, const storage::CurrentUsers& users,
                  const storage::CurrentPeers& peers)
      : settings_(std::move(settings)), users_(users), peers_(peers) {}

  std::optional<relay::Account> find(std::string_view username, base::WallTime now) override;
  std::optional<relay::Account> find_by_userhash(base::Bytes hash, base::WallTime now) override;
  void change_settings(std::shared_ptr<const AuthSettings> settings) { settings_ = std::move(settings); }

 private:
  [[nodiscard]] std::optional<relay::Account> find_named(std::string_view name);
  [[nodiscard]] std::optional<relay::Account> find_rest(std::string_view username, base::WallTime now);

  std::shared_ptr<const AuthSettings> settings_;
  storage::UserReader users_;
  storage::PeerReader peers_;  // REST credentials made for a peer end with it, or with its token
};

}  // namespace app

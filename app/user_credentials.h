// Who may come in: users of the configuration, users of the database, and REST credentials.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/hub/ice_servers.h"
#include "relay/interfaces.h"
#include "storage/current_peers.h"
#include "storage/current_users.h"
#include "storage/peer_snapshot.h"
#include "storage/user_snapshot.h"

namespace app {

// What the configuration says about credentials, with keys derived once. Immutable; shared by the workers.
struct AuthSettings {
  std::string realm;
  std::map<std::string, stun::LongTermKeys, std::less<>> users;  // prepared names (OpaqueString)
  std::map<stun::Sha256Digest, std::string> names_by_userhash;   // of `users`
  std::vector<std::string> secrets;                              // the first mints, all are accepted
  std::chrono::seconds max_credential_ttl{86400};
  bool takes_claims = false;  // signaling.legacy_peerbook: peers come in without a token

  // `realm` is set already, `name` prepared.
  void add_user(const std::string& name, const stun::LongTermKeys& keys);
};

// The password that a REST username stands for is HMAC-SHA1 or HMAC-SHA256; both are accepted.
inline constexpr size_t kMaxRestSecrets = relay::Account::kMaxKeys / 2;

// How far the clock of whoever mints credentials may be ahead of ours: 24 hours by it are more by ours.
inline constexpr std::chrono::minutes kClockAllowance{5};

// Why a credential that was made for a peer is good no more, for people; nullopt: it is. `takes_claims`: as
// AuthSettings have it.
[[nodiscard]] std::optional<std::string_view> fault_of(const hub::TurnNameParts& name,
                                                       const storage::PeerSnapshot& peers, base::WallTime now,
                                                       bool takes_claims);

// Everybody who may come in, at one moment.
struct AccountSources {
  const AuthSettings& settings;
  const storage::UserSnapshot& users;
  const storage::PeerSnapshot& peers;
};

struct FoundAccount {
  enum class Origin : uint8_t { kConfiguration, kDatabase, kRest };
  Origin origin = Origin::kConfiguration;
  relay::Account account;
  std::string key_name;  // the name in its keys: prepared; a REST username as it is
};
enum class AccountFault : uint8_t { kUnknown, kOtherRealm, kExpired, kTooLongLived, kPeer };

// Whom a USERNAME stands for: the one judgement, for the relay and for `icebox verify-credential`. A name
// that is not ASCII is also looked for as RFC 8265 prepares it.
[[nodiscard]] std::expected<FoundAccount, AccountFault> find_account(const AccountSources& sources,
                                                                     std::string_view username,
                                                                     base::WallTime now);

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
  std::shared_ptr<const AuthSettings> settings_;
  storage::UserReader users_;
  storage::PeerReader peers_;  // REST credentials made for a peer end with it, or with its token
};

}  // namespace app

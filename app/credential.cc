#include "app/credential.h"

#include "app/hub/ice_servers.h"
#include "base/bytes.h"
#include "stun/rest_credential.h"

namespace app {
namespace {

bool same_text(std::string_view a, std::string_view b) {
  return base::equal_in_constant_time(base::as_bytes(a), base::as_bytes(b));
}

CredentialVerdict refused(std::string reason) { return {false, std::move(reason)}; }
CredentialVerdict accepted(std::string reason) { return {true, std::move(reason)}; }

std::string seconds_text(std::chrono::seconds seconds) { return std::to_string(seconds.count()) + " s"; }

CredentialVerdict verify_keys(const stun::LongTermKeys& keys, const AuthSettings& settings,
                              std::string_view name, std::string_view password, std::string_view where) {
  const auto prepared = stun::opaque_string(password);
  if (!prepared)
    return refused("the password is not usable: " + std::string(stun::describe(prepared.error())));
  if (stun::derive_long_term_keys(name, settings.realm, *prepared) != keys) {
    return refused("wrong password for the user of " + std::string(where));
  }
  return accepted("a user of " + std::string(where));
}

CredentialVerdict verify_stored(const storage::User& user, const AuthSettings& settings,
                                std::string_view password) {
  if (user.keys.realm != settings.realm) {
    return refused("the user's key was made for realm \"" + user.keys.realm + "\", the server's realm is \"" +
                   settings.realm + "\"; run: icebox user passwd " + user.name);
  }
  return verify_keys({user.keys.md5, user.keys.sha256}, settings, user.name, password, "the database");
}

CredentialVerdict verify_rest(const stun::RestUsername& rest, const AuthSettings& settings,
                              const storage::PeerSnapshot& peers, std::string_view username,
                              std::string_view password, base::WallTime now) {
  if (rest.expires_at <= now) {
    return refused("expired " + seconds_text(now - rest.expires_at) +
                   " ago (or the clocks of server and minter differ)");
  }
  if (rest.expires_at > now + settings.max_credential_ttl) {
    return refused("expires in " + seconds_text(rest.expires_at - now) +
                   ", more than auth.max_credential_ttl (" + seconds_text(settings.max_credential_ttl) + ")");
  }
  if (const auto peer = hub::parse_turn_name(rest.user)) {
    if (const auto fault = fault_of(*peer, peers, now, settings.takes_claims))
      return refused(std::string(*fault));
  }
  size_t number = 0;
  for (const auto& secret : settings.secrets) {
    ++number;
    for (const auto hash : {stun::RestHash::kSha1, stun::RestHash::kSha256}) {
      if (!same_text(stun::rest_password(secret, username, hash), password)) continue;
      return accepted("a REST credential of secret #" + std::to_string(number) + ", good for another " +
                      seconds_text(rest.expires_at - now));
    }
  }
  return refused("the password is not the HMAC of that username with any of the " +
                 std::to_string(settings.secrets.size()) + " configured secret(s)");
}

}  // namespace

CredentialVerdict verify_credential(const AuthSettings& settings, const StoredFacts& stored,
                                    std::string_view username, std::string_view password,
                                    base::WallTime now) {
  const auto prepared = stun::opaque_string(username);
  const std::string name = prepared ? *prepared : std::string(username);
  if (const auto at = settings.users.find(name); at != settings.users.end()) {
    return verify_keys(at->second, settings, name, password, "the configuration");
  }
  if (stored.user) return verify_stored(*stored.user, settings, password);
  if (const auto rest = stun::parse_rest_username(username))
    return verify_rest(*rest, settings, stored.peers, username, password, now);
  return refused(
      "no such user in the configuration or the database, and not a REST username (EXPIRY or EXPIRY:USER)");
}

}  // namespace app

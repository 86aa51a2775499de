#include "app/credential.h"

#include <algorithm>
#include <span>

#include "app/hub/ice_servers.h"
#include "stun/rest_credential.h"

namespace app {
namespace {

using Origin = FoundAccount::Origin;

CredentialVerdict refused(std::string reason) { return {false, std::move(reason)}; }
CredentialVerdict accepted(std::string reason) { return {true, std::move(reason)}; }

std::string seconds_text(std::chrono::seconds seconds) { return std::to_string(seconds.count()) + " s"; }

std::string other_realm(const AccountSources& sources, std::string_view username) {
  const auto prepared = stun::opaque_string(username);
  const auto* user = prepared ? sources.users.find(*prepared) : nullptr;
  if (!user) user = sources.users.find(username);
  return "the user's key was made for realm \"" + (user ? user->keys.realm : "") +
         "\", the server's realm is \"" + sources.settings.realm + "\"; run: icebox user passwd " +
         std::string(username);
}

std::string reason_of(AccountFault fault, const AccountSources& sources, std::string_view username,
                      base::WallTime now) {
  const auto rest = stun::parse_rest_username(username).value_or(stun::RestUsername{});
  const auto& most = sources.settings.max_credential_ttl;
  switch (fault) {
    case AccountFault::kOtherRealm:
      return other_realm(sources, username);
    case AccountFault::kExpired:
      return "expired " + seconds_text(now - rest.expires_at) +
             " ago (or the clocks of server and minter differ)";
    case AccountFault::kTooLongLived:
      return "expires in " + seconds_text(rest.expires_at - now) + ", more than auth.max_credential_ttl (" +
             seconds_text(most) + ") and " + seconds_text(kClockAllowance) + " for a clock that is ahead";
    case AccountFault::kPeer: {
      const auto peer = hub::parse_turn_name(rest.user);
      return std::string(
          peer ? fault_of(*peer, sources.peers, now, sources.settings.takes_claims).value_or("") : "");
    }
    case AccountFault::kUnknown:
      break;
  }
  return "no such user in the configuration or the database, and not a REST username (EXPIRY or EXPIRY:USER)";
}

std::string wrong_password(const FoundAccount& found, const AccountSources& sources) {
  if (found.origin == Origin::kConfiguration) return "wrong password for the user of the configuration";
  if (found.origin == Origin::kDatabase) return "wrong password for the user of the database";
  return "the password is not the HMAC of that username with any of the " +
         std::to_string(sources.settings.secrets.size()) + " configured secret(s)";
}

}  // namespace

CredentialVerdict verify_credential(const AccountSources& sources, std::string_view username,
                                    std::string_view password, base::WallTime now) {
  const auto found = find_account(sources, username, now);
  if (!found) return refused(reason_of(found.error(), sources, username, now));
  const auto prepared = stun::opaque_string(password);
  if (!prepared)
    return refused("the password is not usable: " + std::string(stun::describe(prepared.error())));
  const auto keys = std::span(found->account.keys).first(found->account.key_count);
  const auto used = std::ranges::find(
      keys, stun::derive_long_term_keys(found->key_name, sources.settings.realm, *prepared));
  if (used == keys.end()) return refused(wrong_password(*found, sources));
  if (found->origin == Origin::kConfiguration) return accepted("a user of the configuration");
  if (found->origin == Origin::kDatabase) return accepted("a user of the database");
  const auto secret = (used - keys.begin()) / 2 + 1;  // each makes a key by SHA-1 and one by SHA-256
  return accepted("a REST credential of secret #" + std::to_string(secret) + ", good for another " +
                  seconds_text(stun::parse_rest_username(username)->expires_at - now));
}

}  // namespace app

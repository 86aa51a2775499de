#include "app/user_credentials.h"

#include <algorithm>

#include "stun/rest_credential.h"

namespace app {
namespace {

relay::Account account_of(std::string user, const stun::LongTermKeys& keys) {
  relay::Account account;
  account.user = std::move(user);
  account.keys[0] = keys;
  account.key_count = 1;
  return account;
}

relay::Account account_of(const storage::User& user) {
  return account_of(user.name, {user.keys.md5, user.keys.sha256});
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char octet) { return static_cast<unsigned char>(octet) < 0x80; });
}

using Origin = FoundAccount::Origin;

std::expected<FoundAccount, AccountFault> find_named(const AccountSources& sources, std::string_view name) {
  const auto configured = sources.settings.users.find(name);
  if (configured != sources.settings.users.end()) {
    return FoundAccount{Origin::kConfiguration, account_of(configured->first, configured->second),
                        configured->first};
  }
  const auto* stored = sources.users.find(name);
  if (!stored) return std::unexpected(AccountFault::kUnknown);
  if (stored->keys.realm != sources.settings.realm) return std::unexpected(AccountFault::kOtherRealm);
  return FoundAccount{Origin::kDatabase, account_of(*stored), stored->name};
}

// `username` is a REST username, of any script: the HMAC is over the octets that were minted.
std::expected<FoundAccount, AccountFault> find_rest(const AccountSources& sources, std::string_view username,
                                                    base::WallTime now) {
  const auto& settings = sources.settings;
  const auto rest = *stun::parse_rest_username(username);
  if (rest.expires_at <= now) return std::unexpected(AccountFault::kExpired);
  if (rest.expires_at > now + settings.max_credential_ttl + kClockAllowance)
    return std::unexpected(AccountFault::kTooLongLived);
  const auto peer = hub::parse_turn_name(rest.user);
  if (peer && fault_of(*peer, sources.peers, now, settings.takes_claims))
    return std::unexpected(AccountFault::kPeer);
  FoundAccount found{Origin::kRest, {}, std::string(username)};
  auto& account = found.account;
  account.user = std::string(rest.user.empty() ? username : rest.user);
  if (peer) account.user = hub::turn_user_of(peer->peer);  // of all its tokens together
  for (const auto& secret : settings.secrets) {
    for (const auto hash : {stun::RestHash::kSha1, stun::RestHash::kSha256}) {
      if (account.key_count == account.keys.size()) break;
      account.keys[account.key_count++] =
          stun::derive_long_term_keys(username, settings.realm, stun::rest_password(secret, username, hash));
    }
  }
  return found;
}

}  // namespace

std::optional<std::string_view> fault_of(const hub::TurnNameParts& name, const storage::PeerSnapshot& peers,
                                         base::WallTime now, bool takes_claims) {
  const storage::PeerId id{name.peer};
  const auto* peer = peers.find(id);
  if (!peer) return "the peer that it was made for was removed";
  if (!peer->verified_at) return "the peer that it was made for is not verified; run: icebox peer verify";
  if (name.token_prefix && !peers.has_bearer(id, *name.token_prefix, now))
    return "the token that it was made for was revoked or has expired";
  if (!name.token_prefix && !(takes_claims && peer->legacy))
    return "the claim that it was made for has ended: the peer has a token, or signaling.legacy_peerbook is "
           "off";
  return std::nullopt;
}

void AuthSettings::add_user(const std::string& name, const stun::LongTermKeys& keys) {
  users[name] = keys;
  names_by_userhash[stun::userhash(name, realm)] = name;
}

std::expected<FoundAccount, AccountFault> find_account(const AccountSources& sources,
                                                       std::string_view username, base::WallTime now) {
  auto named = find_named(sources, username);
  if (!named && !is_ascii(username)) {
    if (const auto prepared = stun::opaque_string(username)) named = find_named(sources, *prepared);
  }
  if (named || !stun::parse_rest_username(username)) return named;
  return find_rest(sources, username, now);
}

std::optional<relay::Account> UserCredentials::find(std::string_view username, base::WallTime now) {
  auto found = find_account({*settings_, users_.current(), peers_.current()}, username, now);
  return found ? std::optional(std::move(found->account)) : std::nullopt;
}

std::optional<relay::Account> UserCredentials::find_by_userhash(base::Bytes hash, base::WallTime) {
  storage::UserHash wanted{};
  if (hash.size() != wanted.size()) return std::nullopt;
  std::ranges::copy(hash, wanted.begin());
  if (const auto* stored = users_.current().find(wanted); stored && stored->keys.realm == settings_->realm) {
    return account_of(*stored);
  }
  const auto configured = settings_->names_by_userhash.find(wanted);
  if (configured == settings_->names_by_userhash.end()) return std::nullopt;
  return account_of(configured->second, settings_->users.find(configured->second)->second);
}

}  // namespace app

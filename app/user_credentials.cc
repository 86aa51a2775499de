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

std::optional<relay::Account> UserCredentials::find_named(std::string_view name) {
  const auto configured = settings_->users.find(name);
  if (configured != settings_->users.end()) return account_of(configured->first, configured->second);
  const auto* stored = users_.current().find(name);
  if (!stored || stored->keys.realm != settings_->realm) return std::nullopt;
  return account_of(*stored);
}

std::optional<relay::Account> UserCredentials::find_rest(std::string_view username, base::WallTime now) {
  const auto rest = stun::parse_rest_username(username);
  if (!rest || rest->expires_at <= now || rest->expires_at > now + settings_->max_credential_ttl)
    return std::nullopt;
  const auto peer = hub::parse_turn_name(rest->user);
  if (peer && fault_of(*peer, peers_.current(), now, settings_->takes_claims)) return std::nullopt;
  relay::Account account;
  account.user = std::string(rest->user.empty() ? username : rest->user);
  if (peer) account.user = hub::turn_user_of(peer->peer);  // of all its tokens together
  for (const auto& secret : settings_->secrets) {
    for (const auto hash : {stun::RestHash::kSha1, stun::RestHash::kSha256}) {
      if (account.key_count == account.keys.size()) break;
      account.keys[account.key_count++] = stun::derive_long_term_keys(
          username, settings_->realm, stun::rest_password(secret, username, hash));
    }
  }
  return account;
}

std::optional<relay::Account> UserCredentials::find(std::string_view username, base::WallTime now) {
  if (auto account = find_named(username)) return account;
  if (!is_ascii(username)) {
    const auto prepared = stun::opaque_string(username);
    return prepared ? find_named(*prepared) : std::nullopt;
  }
  return find_rest(username, now);
}

std::optional<relay::Account> UserCredentials::find_by_userhash(base::Bytes hash, base::WallTime) {
  storage::UserHash wanted{};
  if (hash.size() != wanted.size()) return std::nullopt;
  std::ranges::copy(hash, wanted.begin());
  if (const auto* stored = users_.current().find(wanted); stored && stored->keys.realm == settings_->realm) {
    return account_of(*stored);
  }
  for (const auto& [name, keys] : settings_->users) {  // a handful: they are typed into a file
    if (stun::userhash(name, settings_->realm) == wanted) return account_of(name, keys);
  }
  return std::nullopt;
}

}  // namespace app

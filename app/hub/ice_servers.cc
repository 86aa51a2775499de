#include "app/hub/ice_servers.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace app::hub {
namespace {

constexpr std::string_view kPeerPrefix = "ibx-peer-";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr size_t kPrefixDigits = 16;

// All of `text`, or false.
template <typename Number>
bool read_number(std::string_view text, Number& number, int base) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && stop == end;
}

}  // namespace

TurnCredential mint(const IceServerSettings& settings, std::string_view user, base::WallTime now) {
  TurnCredential credential;
  credential.username = stun::rest_username(now + settings.ttl, user);
  credential.password = stun::rest_password(settings.secret, credential.username, settings.hash);
  credential.ttl = settings.ttl;
  return credential;
}

std::string turn_user_of(int64_t peer) { return std::string(kPeerPrefix) + std::to_string(peer); }

std::string turn_name_of(int64_t peer, const std::optional<signaling::TokenHash>& token) {
  auto name = turn_user_of(peer);
  if (!token) return name;
  const auto prefix = base::load_be64(token->data());
  name += '-';
  for (int shift = 60; shift >= 0; shift -= 4) name += kDigits[prefix >> shift & 15];
  return name;
}

std::optional<TurnNameParts> parse_turn_name(std::string_view user) {
  if (!user.starts_with(kPeerPrefix)) return std::nullopt;
  user.remove_prefix(kPeerPrefix.size());
  const auto dash = user.find('-');
  TurnNameParts parts;
  if (!read_number(user.substr(0, dash), parts.peer, 10) || parts.peer <= 0) return std::nullopt;
  if (dash == std::string_view::npos) return parts;
  const auto prefix = user.substr(dash + 1);
  uint64_t number = 0;
  if (prefix.size() != kPrefixDigits || !read_number(prefix, number, 16)) return std::nullopt;
  parts.token_prefix = number;
  return parts;
}

nlohmann::json ice_servers_of(const IceServerSettings& settings, const TurnCredential& credential) {
  auto servers = nlohmann::json::array();
  if (!settings.stun_urls.empty()) servers.push_back({{"urls", settings.stun_urls}});
  if (!settings.turn_urls.empty()) {
    servers.push_back({{"urls", settings.turn_urls},
                       {"username", credential.username},
                       {"credential", credential.password}});
  }
  return servers;
}

}  // namespace app::hub

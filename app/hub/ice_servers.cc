#include "app/hub/ice_servers.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace app::hub {
namespace {

constexpr std::string_view kPeerPrefix = "ibx-peer-";

}  // namespace

TurnCredential mint(const IceServerSettings& settings, std::string_view user, base::WallTime now) {
  TurnCredential credential;
  credential.username = stun::rest_username(now + settings.ttl, user);
  credential.password = stun::rest_password(settings.secret, credential.username, settings.hash);
  credential.ttl = settings.ttl;
  return credential;
}

std::string turn_user_of(int64_t peer) { return std::string(kPeerPrefix) + std::to_string(peer); }

std::optional<int64_t> peer_of_turn_user(std::string_view user) {
  if (!user.starts_with(kPeerPrefix)) return std::nullopt;
  user.remove_prefix(kPeerPrefix.size());
  int64_t peer = 0;
  const auto [end, error] = std::from_chars(user.data(), user.data() + user.size(), peer);
  if (error != std::errc{} || end != user.data() + user.size() || peer <= 0) return std::nullopt;
  return peer;
}

std::string ice_servers_json(const IceServerSettings& settings, const TurnCredential& credential) {
  auto servers = nlohmann::json::array();
  if (!settings.stun_urls.empty()) servers.push_back({{"urls", settings.stun_urls}});
  if (!settings.turn_urls.empty()) {
    servers.push_back({{"urls", settings.turn_urls},
                       {"username", credential.username},
                       {"credential", credential.password}});
  }
  return servers.dump();
}

}  // namespace app::hub

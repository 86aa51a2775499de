#include "app/ice_server_settings.h"

#include <algorithm>
#include <string>

#include "app/address_scope.h"

namespace app {
namespace {

void add_once(std::vector<std::string>& urls, std::string url) {
  if (std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
}

void add_urls(hub::IceServerSettings& settings, const Listening& at) {
  if (at.advertised.ip.is_unspecified()) return;  // the host has no address yet
  const auto address = at.advertised.to_string();
  const auto named =
      at.domain_name.empty() ? address : at.domain_name + ":" + std::to_string(at.advertised.port);
  switch (at.scheme) {
    case Scheme::kUdp:
      add_once(settings.stun_urls, "stun:" + address);
      return add_once(settings.turn_urls, "turn:" + address + "?transport=udp");
    case Scheme::kTcp:
      return add_once(settings.turn_urls, "turn:" + address + "?transport=tcp");
    case Scheme::kTls:
      return add_once(settings.turn_urls, "turns:" + named + "?transport=tcp");
  }
}

// For a proxy of this host, which carries no TURN.
bool is_for_us_alone(const Listening& at) { return scope_of(at.bound.ip) == AddressScope::kLoopback; }

}  // namespace

hub::IceServerSettings ice_server_settings(const Config& config, const AuthSettings& auth,
                                           const std::vector<Listening>& listening) {
  hub::IceServerSettings settings;
  settings.secret = auth.secrets.front();
  settings.hash =
      config.auth.rest_hash == RestHash::kSha256 ? stun::RestHash::kSha256 : stun::RestHash::kSha1;
  settings.ttl = config.auth.credential_ttl;
  const bool all_alone = std::ranges::all_of(listening, is_for_us_alone);
  for (const auto scheme : {Scheme::kUdp, Scheme::kTcp, Scheme::kTls}) {
    for (const auto& at : listening) {
      if (at.scheme == scheme && (all_alone || !is_for_us_alone(at))) add_urls(settings, at);
    }
  }
  return settings;
}

}  // namespace app

// Credentials for the peers' use of our own relay, and where it is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "stun/rest_credential.h"

namespace app::hub {

struct IceServerSettings {
  std::vector<std::string> stun_urls;  // what this server serves, in the order browsers profit from
  std::vector<std::string> turn_urls;
  std::string secret;
  stun::RestHash hash = stun::RestHash::kSha1;
  std::chrono::seconds ttl{3600};
};

struct TurnCredential {
  std::string username;
  std::string password;
  std::chrono::seconds ttl{};
};

[[nodiscard]] TurnCredential mint(const IceServerSettings& settings, std::string_view user,
                                  base::WallTime now);

// The user part of a peer's TURN name, "ibx-peer-12": quotas and usage count by it, and with the peer its
// credentials end.
[[nodiscard]] std::string turn_user_of(int64_t peer);
// The peer of such a user; nullopt: it is none.
[[nodiscard]] std::optional<int64_t> peer_of_turn_user(std::string_view user);

// An array of RTCIceServer (W3C WebRTC §4.2.4): one entry without and one with credentials.
[[nodiscard]] std::string ice_servers_json(const IceServerSettings& settings,
                                           const TurnCredential& credential);

}  // namespace app::hub

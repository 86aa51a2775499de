// Credentials for the peers' use of our own relay, and where it is.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "signaling/token.h"
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

// Whose quotas and usage a peer's TURN sessions count for, "ibx-peer-12"; and the user part of the TURN name
// of a peer that came without a token.
[[nodiscard]] std::string turn_user_of(int64_t peer);
// The user part of a peer's TURN name, "ibx-peer-12-0123456789abcdef": the peer and the first octets of the
// hash of its token. The credential ends with either.
[[nodiscard]] std::string turn_name_of(int64_t peer, const std::optional<signaling::TokenHash>& token);

struct TurnNameParts {
  int64_t peer = 0;
  std::optional<uint64_t>
      token_prefix;  // of the hash, big-endian; nullopt: the name is turn_user_of() its peer
};
// nullopt: it is no peer's.
[[nodiscard]] std::optional<TurnNameParts> parse_turn_name(std::string_view user);

// An array of RTCIceServer (W3C WebRTC §4.2.4): one entry without and one with credentials.
[[nodiscard]] nlohmann::json ice_servers_of(const IceServerSettings& settings,
                                            const TurnCredential& credential);

}  // namespace app::hub

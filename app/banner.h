// What start-up shows: what listens where, what is advertised, and something to paste.
#pragma once

#include <string>
#include <vector>

#include "app/appliance.h"

namespace app {

// Several lines, the last one ended; without the word `ready`.
[[nodiscard]] std::string banner(const Appliance& appliance);

// URLs of the STUN and TURN service as browsers take them, in the order they profit from: UDP first, then
// TCP, then TLS. Only what is really served.
struct IceUrls {
  std::vector<std::string> stun;
  std::vector<std::string> turn;
};
[[nodiscard]] IceUrls ice_urls(const std::vector<Listening>& listening);

// The JavaScript array for RTCPeerConnection, on one line.
[[nodiscard]] std::string ice_servers_json(const IceUrls& urls, const std::string& username,
                                           const std::string& password);

}  // namespace app

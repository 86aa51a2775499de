// What clients are told of our STUN and TURN service, and with which secret their credentials are made.
#pragma once

#include <vector>

#include "app/appliance.h"
#include "app/hub/ice_servers.h"

namespace app {

// URLs as browsers take them, in the order they profit from: UDP first, then TCP, then TLS. Only what
// `listening` really serves; what is on loopback, for a proxy in front, only if everything is (a trial on one
// machine). `auth` has a secret.
[[nodiscard]] hub::IceServerSettings ice_server_settings(const Config& config, const AuthSettings& auth,
                                                         const std::vector<Listening>& listening);

}  // namespace app

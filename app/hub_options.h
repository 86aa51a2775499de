// What the configuration says about signaling, as app/hub takes it.
#pragma once

#include "app/config/config.h"
#include "app/hub/service.h"

namespace app {

class Appliance;

// Bounds that follow signaling.max_message and signaling.peers_per_user: the largest message passes each of
// them, and every peer of a user may call all others at once.
[[nodiscard]] signaling::HubOptions hub_bounds(const SignalingConfig& config);
// What a client may leave unread must hold what a session that is resumed hears at once.
[[nodiscard]] net::WebSocketOptions socket_bounds(const SignalingConfig& config);

// URLs are those of what listens by now.
[[nodiscard]] hub::ServiceOptions hub_options(const Appliance& appliance);

}  // namespace app

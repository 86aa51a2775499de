#include "app/hub_options.h"

#include "app/appliance.h"
#include "app/ice_server_settings.h"
#include "app/qr.h"

namespace app {
namespace {

signaling::RegistrationMode registration_of(Registration registration) {
  switch (registration) {
    case Registration::kOpen:
      return signaling::RegistrationMode::kOpen;
    case Registration::kOtp:
      return signaling::RegistrationMode::kOtp;
    case Registration::kClosed:
      break;
  }
  return signaling::RegistrationMode::kClosed;
}

}  // namespace

hub::ServiceOptions hub_options(const Appliance& appliance) {
  const Config& config = appliance.config();
  const auto& signaling = config.signaling;
  hub::ServiceOptions options;
  options.hub.offline_queue = {signaling.offline_queue.messages,
                               static_cast<size_t>(signaling.offline_queue.bytes.bytes),
                               signaling.offline_queue.age};
  options.sockets.limits.message_bytes = static_cast<size_t>(signaling.max_message.bytes);
  options.allowed_origins = signaling.allowed_origins;
  options.peerjs.key = signaling.peerjs_key;
  options.peerjs.discovery = signaling.peerjs_discovery;
  options.ice_test = signaling.ice_test;
  options.strict_permissions = signaling.strict_permissions;
  options.gate.legacy_peerbook = signaling.legacy_peerbook;
  options.api.peers_per_user = signaling.peers_per_user;
  options.api.registration = registration_of(signaling.registration);
  options.api.draw_qr_svg = qr_as_svg;
  options.gate.ice_servers = ice_server_settings(config, appliance.auth(), appliance.listening());
  return options;
}

}  // namespace app

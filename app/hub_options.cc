#include "app/hub_options.h"

#include <algorithm>

#include "app/appliance.h"
#include "app/guard_options.h"
#include "app/ice_server_settings.h"
#include "app/page_url.h"
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

// An offer or answer with its candidates, of which a browser has thirty where it has a few interfaces and
// servers, and what is said beside it.
constexpr size_t kMessagesOfCall = 40;
constexpr size_t kBytesOfCall = 24 * 1024;
// Around a message: names, fingerprint, numbers, the header of its frame.
constexpr size_t kFrameBytes = 4096;
constexpr size_t kUsualFrameBytes = 256;

}  // namespace

signaling::HubOptions hub_bounds(const SignalingConfig& config) {
  const auto message = static_cast<size_t>(config.max_message.bytes) + kFrameBytes;
  const size_t peers = config.peers_per_user;
  const size_t calls = peers * kMessagesOfCall;
  const size_t call_bytes = peers * kBytesOfCall;
  const auto& rate = config.message_rate;
  signaling::HubOptions hub;
  hub.rates.messages_per_second = std::max<uint64_t>(rate.per_second, 1);
  hub.rates.burst_messages =
      rate.burst > 0 ? rate.burst : std::max<uint64_t>(hub.rates.burst_messages, calls);
  hub.rates.bytes_per_second = std::max<uint64_t>(rate.bytes_per_second.bytes, 1);
  hub.rates.burst_bytes = rate.burst_bytes.bytes > 0
                              ? rate.burst_bytes.bytes
                              : std::max<uint64_t>(hub.rates.burst_bytes, call_bytes + message);
  hub.rates.burst_bytes = std::max<uint64_t>(hub.rates.burst_bytes, message);
  hub.offline_queue = {config.offline_queue.messages,
                       std::max(static_cast<size_t>(config.offline_queue.bytes.bytes), message),
                       config.offline_queue.age};
  hub.history.messages = std::max(hub.history.messages, calls);
  hub.history.bytes = std::max({hub.history.bytes, call_bytes, 4 * message});
  hub.unanswered_ids = std::max(hub.unanswered_ids, 2 * calls);
  hub.receiver_bytes = std::max(hub.receiver_bytes, 2 * message);
  hub.user_bytes = std::max(hub.user_bytes, 2 * hub.history.bytes);
  hub.history_bytes = std::max(hub.history_bytes, 16 * hub.history.bytes);
  hub.queued_bytes = std::max(hub.queued_bytes, 16 * hub.offline_queue.bytes);
  return hub;
}

net::WebSocketOptions socket_bounds(const SignalingConfig& config) {
  const auto hub = hub_bounds(config);
  const auto message = static_cast<size_t>(config.max_message.bytes);
  net::WebSocketOptions sockets;
  sockets.limits.message_bytes = message;
  sockets.send_queue_bytes = hub.history.bytes + hub.offline_queue.bytes + 2 * (message + kFrameBytes) +
                             (hub.history.messages + hub.offline_queue.messages) * kUsualFrameBytes;
  sockets.hold_back_bytes = std::max(sockets.hold_back_bytes, message);
  return sockets;
}

hub::ServiceOptions hub_options(const Appliance& appliance) {
  const Config& config = appliance.config();
  const auto& signaling = config.signaling;
  hub::ServiceOptions options;
  options.hub = hub_bounds(signaling);
  options.sockets = socket_bounds(signaling);
  options.allowed_origins = page_origins(config);
  options.peerjs.key = signaling.peerjs_key;
  options.peerjs.discovery = signaling.peerjs_discovery;
  options.ice_test = {.on = signaling.ice_test,
                      .message_bytes = static_cast<size_t>(signaling.max_message.bytes)};
  options.strict_permissions = signaling.strict_permissions;
  options.gate.legacy_peerbook = signaling.legacy_peerbook;
  options.api.peers_per_user = signaling.peers_per_user;
  options.api.registration = registration_of(signaling.registration);
  options.api.public_url = public_url(config);
  options.api.own_url = appliance.url().value_or("");
  options.api.draw_qr_svg = qr_as_svg;
  options.gate.ice_servers = ice_server_settings(config, appliance.auth(), appliance.listening());
  return options;
}

}  // namespace app

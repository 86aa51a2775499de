#include "app/config/keys.h"

#include <algorithm>
#include <array>

#include "app/config/edit_distance.h"

namespace app {
namespace {

constexpr auto kApplied = ReloadEffect::kApplied;
constexpr auto kNeedsRestart = ReloadEffect::kNeedsRestart;

// field<&Config::tls, &TlsConfig::key>(config) is config.tls.key.
template <auto Member, auto... Rest>
auto& field(auto& object) {
  if constexpr (sizeof...(Rest) == 0) {
    return object.*Member;
  } else {
    return field<Rest...>(object.*Member);
  }
}

template <auto... Path>
constexpr ConfigKey key(std::string_view name, ReloadEffect on_reload, bool secret = false) {
  return {name, on_reload, secret,
          [](const ConfigValue& value, Config& into, ValueFaults& faults) {
            read_value(value, field<Path...>(into), faults);
          },
          [](const Config& config) { return to_value(field<Path...>(config)); }};
}

template <auto... Path>
constexpr ConfigKey secret_key(std::string_view name, ReloadEffect on_reload) {
  return key<Path...>(name, on_reload, /*secret=*/true);
}

using C = Config;
constexpr std::array kKeys{
    key<&C::realm>("realm", kNeedsRestart),
    key<&C::listen>("listen", kNeedsRestart),
    key<&C::external_ip>("external_ip", kNeedsRestart),
    key<&C::workers>("workers", kNeedsRestart),
    key<&C::data_dir>("data_dir", kNeedsRestart),

    key<&C::tls, &TlsConfig::certificate>("tls.certificate", kApplied),
    key<&C::tls, &TlsConfig::key>("tls.key", kApplied),
    key<&C::tls, &TlsConfig::acme, &AcmeConfig::domains>("tls.acme.domains", kApplied),
    key<&C::tls, &TlsConfig::acme, &AcmeConfig::email>("tls.acme.email", kApplied),
    key<&C::tls, &TlsConfig::acme, &AcmeConfig::directory>("tls.acme.directory", kApplied),

    secret_key<&C::auth, &AuthConfig::secret>("auth.secret", kApplied),
    secret_key<&C::auth, &AuthConfig::users>("auth.users", kApplied),
    key<&C::auth, &AuthConfig::credential_ttl>("auth.credential_ttl", kApplied),
    key<&C::auth, &AuthConfig::max_credential_ttl>("auth.max_credential_ttl", kApplied),
    key<&C::auth, &AuthConfig::rest_hash>("auth.rest_hash", kApplied),
    key<&C::auth, &AuthConfig::username_anonymity>("auth.username_anonymity", kApplied),

    key<&C::relay, &RelayConfig::ports>("relay.ports", kNeedsRestart),
    key<&C::relay, &RelayConfig::addresses>("relay.addresses", kNeedsRestart),
    key<&C::relay, &RelayConfig::allow_peers>("relay.allow_peers", kApplied),
    key<&C::relay, &RelayConfig::deny_peers>("relay.deny_peers", kApplied),
    key<&C::relay, &RelayConfig::allocations_per_user>("relay.allocations_per_user", kApplied),
    key<&C::relay, &RelayConfig::allocations_per_source>("relay.allocations_per_source", kApplied),
    key<&C::relay, &RelayConfig::allocations>("relay.allocations", kApplied),
    key<&C::relay, &RelayConfig::bits_per_second_per_allocation>("relay.bits_per_second_per_allocation",
                                                                 kApplied),
    key<&C::relay, &RelayConfig::max_lifetime>("relay.max_lifetime", kApplied),
    key<&C::relay, &RelayConfig::tcp_relay>("relay.tcp_relay", kApplied),
    key<&C::relay, &RelayConfig::fast_path>("relay.fast_path", kNeedsRestart),

    key<&C::signaling, &SignalingConfig::peerjs_key>("signaling.peerjs_key", kApplied),
    key<&C::signaling, &SignalingConfig::peerjs_discovery>("signaling.peerjs_discovery", kApplied),
    key<&C::signaling, &SignalingConfig::ice_test>("signaling.ice_test", kApplied),
    key<&C::signaling, &SignalingConfig::legacy_peerbook>("signaling.legacy_peerbook", kApplied),
    key<&C::signaling, &SignalingConfig::strict_permissions>("signaling.strict_permissions", kNeedsRestart),
    key<&C::signaling, &SignalingConfig::allowed_origins>("signaling.allowed_origins", kApplied),
    key<&C::signaling, &SignalingConfig::public_url>("signaling.public_url", kApplied),
    key<&C::signaling, &SignalingConfig::registration>("signaling.registration", kApplied),
    key<&C::signaling, &SignalingConfig::max_message>("signaling.max_message", kApplied),
    key<&C::signaling, &SignalingConfig::peers_per_user>("signaling.peers_per_user", kApplied),
    key<&C::signaling, &SignalingConfig::message_rate, &MessageRateConfig::per_second>(
        "signaling.message_rate.per_second", kApplied),
    key<&C::signaling, &SignalingConfig::message_rate, &MessageRateConfig::burst>(
        "signaling.message_rate.burst", kApplied),
    key<&C::signaling, &SignalingConfig::message_rate, &MessageRateConfig::bytes_per_second>(
        "signaling.message_rate.bytes_per_second", kApplied),
    key<&C::signaling, &SignalingConfig::message_rate, &MessageRateConfig::burst_bytes>(
        "signaling.message_rate.burst_bytes", kApplied),
    key<&C::signaling, &SignalingConfig::offline_queue, &OfflineQueueConfig::messages>(
        "signaling.offline_queue.messages", kApplied),
    key<&C::signaling, &SignalingConfig::offline_queue, &OfflineQueueConfig::bytes>(
        "signaling.offline_queue.bytes", kApplied),
    key<&C::signaling, &SignalingConfig::offline_queue, &OfflineQueueConfig::age>(
        "signaling.offline_queue.age", kApplied),

    key<&C::limits, &LimitsConfig::connections>("limits.connections", kApplied),
    key<&C::limits, &LimitsConfig::connections_per_source>("limits.connections_per_source", kApplied),
    key<&C::limits, &LimitsConfig::unauthenticated_replies_per_second>(
        "limits.unauthenticated_replies_per_second", kApplied),
    key<&C::limits, &LimitsConfig::wrong_passwords_per_minute>("limits.wrong_passwords_per_minute", kApplied),
    key<&C::limits, &LimitsConfig::http_requests_per_second>("limits.http_requests_per_second", kApplied),
    key<&C::limits, &LimitsConfig::first_message_deadline>("limits.first_message_deadline", kNeedsRestart),
    key<&C::limits, &LimitsConfig::handshake_deadline>("limits.handshake_deadline", kNeedsRestart),
    key<&C::limits, &LimitsConfig::unauthenticated_deadline>("limits.unauthenticated_deadline",
                                                             kNeedsRestart),
    key<&C::limits, &LimitsConfig::idle_deadline>("limits.idle_deadline", kNeedsRestart),
    key<&C::limits, &LimitsConfig::plain_http>("limits.plain_http", kApplied),
    key<&C::limits, &LimitsConfig::forwarded_for_from>("limits.forwarded_for_from", kApplied),
    key<&C::limits, &LimitsConfig::proxy_protocol_from>("limits.proxy_protocol_from", kNeedsRestart),

    key<&C::metrics, &MetricsConfig::listen>("metrics.listen", kNeedsRestart),

    key<&C::log, &LogConfig::level>("log.level", kApplied),
    key<&C::log, &LogConfig::format>("log.format", kApplied),
};

// Keys of earlier versions, and what to do about them.
constexpr std::pair<std::string_view, std::string_view> kRemovedKeys[] = {
    {"relay.rfc5766_channel_numbers", "channel numbers up to 0x7FFE are always taken; remove the line"},
};

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// A key in the wrong section is a nearer miss than a different word in the right one.
size_t unlikeness(std::string_view unknown, std::string_view known) {
  const auto whole = edit_distance(unknown, known);
  const auto moved = edit_distance(last_part(unknown), last_part(known)) + 1;
  return std::min(whole, moved);
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view name) {
  const auto found = std::ranges::find(kKeys, name, &ConfigKey::name);
  return found == kKeys.end() ? nullptr : &*found;
}

bool is_config_section(std::string_view name) {
  return std::ranges::any_of(kKeys, [name](const ConfigKey& known) {
    return known.name.size() > name.size() && known.name.starts_with(name) && known.name[name.size()] == '.';
  });
}

std::string_view nearest_config_key(std::string_view unknown) {
  return std::ranges::min_element(
             kKeys, {}, [unknown](const ConfigKey& known) { return unlikeness(unknown, known.name); })
      ->name;
}

std::optional<std::string_view> cure_of_removed_key(std::string_view name) {
  for (const auto& [removed, cure] : kRemovedKeys) {
    if (removed == name) return cure;
  }
  return std::nullopt;
}

std::string_view to_string(ReloadEffect effect) {
  return effect == ReloadEffect::kApplied ? "applied" : "needs restart";
}

}  // namespace app

#include "app/options_of.h"

#include <algorithm>
#include <thread>

#include "app/data_dir.h"

namespace app {

relay::ServerOptions server_options(const Config& config) {
  relay::ServerOptions options;
  options.realm = effective_realm(config);
  options.max_lifetime = config.relay.max_lifetime;
  options.bits_per_second_per_allocation = config.relay.bits_per_second_per_allocation;
  options.unauthenticated_replies_per_second = config.limits.unauthenticated_replies_per_second;
  options.wrong_passwords_per_minute = config.limits.wrong_passwords_per_minute;
  options.tcp_relay = config.relay.tcp_relay;
  options.max_connections = std::max<size_t>(1, config.limits.connections / worker_count(config));
  options.username_anonymity = config.auth.username_anonymity;
  return options;
}

size_t worker_count(const Config& config) {
  return config.workers != 0 ? config.workers : std::max(1u, std::thread::hardware_concurrency());
}

relay::QuotaOptions quota_options(const Config& config) {
  return {config.relay.allocations_per_user, config.relay.allocations_per_source, config.relay.allocations};
}

net::ConnectionLimits connection_limits(const Config& config) {
  return {config.limits.connections_per_source, config.limits.connections, config.limits.forwarded_for_from};
}

net::DtlsLimits dtls_limits(const Config& config) {
  const net::DtlsLimits most;  // memory: an association is worth a hundred TCP connections
  const auto of_worker = std::max<size_t>(1, config.limits.connections / worker_count(config));
  return {std::min(most.sessions, of_worker), config.limits.connections_per_source};
}

}  // namespace app

#include "app/relay_addresses.h"

#include <algorithm>
#include <set>
#include <utility>

#include "app/address_scope.h"

namespace app {
namespace {

using base::Family;
using base::IpAddress;

bool leaves_the_host(const IpAddress& address) {
  const auto scope = scope_of(address);
  return scope != AddressScope::kLinkLocal && scope != AddressScope::kLoopback;
}

std::optional<IpAddress> best_of(const HostFacts& facts, Family family) {
  // A default route by an interface without an address names loopback as its source.
  const auto& by_route = family == Family::kIpv4 ? facts.default_ipv4 : facts.default_ipv6;
  if (by_route && leaves_the_host(*by_route)) return by_route;
  for (const auto& address : facts.addresses) {
    if (address.family == family && leaves_the_host(address)) return address;
  }
  return std::nullopt;
}

void add_for_listener(const Listener& listener, const HostFacts& facts, std::set<IpAddress>& addresses) {
  const auto& own = listener.endpoint.ip;
  if (!own.is_unspecified()) {
    addresses.insert(own.unmapped());
    return;
  }
  if (const auto ipv4 = best_of(facts, Family::kIpv4)) addresses.insert(*ipv4);
  const auto ipv6 = own.is_v6() ? best_of(facts, Family::kIpv6) : std::nullopt;
  if (ipv6) addresses.insert(*ipv6);
}

std::vector<IpAddress> own_relay_addresses(const Config& config, const HostFacts& facts) {
  if (!config.relay.addresses.empty()) return config.relay.addresses;
  std::set<IpAddress> addresses;
  for (const auto& listener : config.listen) add_for_listener(listener, facts, addresses);
  std::vector<IpAddress> ordered(addresses.begin(), addresses.end());
  std::ranges::sort(ordered, {}, [](const IpAddress& address) { return std::pair(address.family, address); });
  return ordered;
}

}  // namespace

bool is_on_host(const HostFacts& facts, const IpAddress& address) {
  const bool whole_loopback_net = address.is_v4() && scope_of(address) == AddressScope::kLoopback;
  return address.is_unspecified() || whole_loopback_net || facts.binds_foreign_addresses ||
         std::ranges::find(facts.addresses, address) != facts.addresses.end();
}

IpAddress advertised_address(const Config& config, const HostFacts& facts, const IpAddress& own) {
  auto address = own;
  if (own.is_unspecified()) {
    address = best_of(facts, own.family).value_or(own);
    const bool dual_stack_without_ipv6 = own.is_v6() && address.is_unspecified();
    if (dual_stack_without_ipv6) address = best_of(facts, Family::kIpv4).value_or(own);
  }
  const auto external = std::ranges::find(config.external_ip, address.family, &IpAddress::family);
  return external == config.external_ip.end() ? address : *external;
}

std::vector<relay::worker::RelayAddress> relay_addresses(const Config& config, const HostFacts& facts) {
  std::vector<relay::worker::RelayAddress> addresses;
  for (const auto& own : own_relay_addresses(config, facts)) {
    addresses.push_back({own, advertised_address(config, facts, own)});
  }
  return addresses;
}

std::vector<relay::worker::RelayAddress> present_relay_addresses(const Config& config,
                                                                 const HostFacts& facts) {
  auto addresses = relay_addresses(config, facts);
  std::erase_if(addresses, [&](const auto& address) { return !is_on_host(facts, address.bound); });
  return addresses;
}

void fit_default_listeners(LoadedConfig& loaded, const HostFacts& facts) {
  if (facts.has_ipv6 || loaded.origin_of("listen").kind != ConfigOrigin::Kind::kDefault) return;
  for (auto& listener : loaded.config.listen) listener.endpoint.ip = IpAddress::v4(0);
}

Config with_host_defaults(Config config, const HostFacts& facts) {
  config.relay.addresses = own_relay_addresses(config, facts);
  if (config.realm.empty()) config.realm = facts.host_name.empty() ? "icebox" : facts.host_name;
  if (config.workers == 0) config.workers = facts.cores;
  return config;
}

}  // namespace app

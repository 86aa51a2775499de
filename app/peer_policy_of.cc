#include "app/peer_policy_of.h"

#include "app/relay_addresses.h"

namespace app {
namespace {

std::vector<relay::PeerRule> to_relay_rules(const std::vector<PeerRule>& rules) {
  std::vector<relay::PeerRule> converted;
  for (const auto& rule : rules) converted.push_back({rule.prefix, rule.ports.low, rule.ports.high});
  return converted;
}

}  // namespace

relay::PeerPolicyOptions peer_policy_options(const Config& config, const HostFacts& facts) {
  relay::PeerPolicyOptions options;
  options.allow = to_relay_rules(config.relay.allow_peers);
  options.deny = to_relay_rules(config.relay.deny_peers);
  options.own = facts.addresses;
  for (const auto& address : relay_addresses(config, facts)) {
    options.relayed.push_back(address.bound);
    options.relayed.push_back(address.advertised);
    options.own.push_back(address.advertised);
  }
  return options;
}

}  // namespace app

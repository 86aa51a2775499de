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

ConfigFaults void_rules(const LoadedConfig& loaded) {
  const auto allow = to_relay_rules(loaded.config.relay.allow_peers);
  // Without deny_peers: shutting out in a hurry what was allowed must never be refused. self_check() warns of it.
  const relay::PeerPolicy policy({.allow = allow});
  ConfigFaults faults;
  for (const auto& rule : allow) {
    if (const auto why = policy.why_void(rule)) {
      faults.push_back(to_string(loaded.origin_of("relay.allow_peers")) + ": relay.allow_peers: \"" +
                       rule.to_string() + "\" cannot act: it " + *why);
    }
  }
  return faults;
}

std::vector<std::string> denied_rules(const Config& config) {
  const auto allow = to_relay_rules(config.relay.allow_peers);
  const relay::PeerPolicy policy({.allow = allow, .deny = to_relay_rules(config.relay.deny_peers)});
  std::vector<std::string> texts;
  for (const auto& rule : allow) {
    if (const auto why = policy.why_void(rule))
      texts.push_back("relay.allow_peers \"" + rule.to_string() + "\" does nothing: it " + *why);
  }
  return texts;
}

relay::PeerPolicyOptions peer_policy_options(const Config& config, const HostFacts& facts,
                                             std::span<const relay::worker::PortUse> in_use) {
  relay::PeerPolicyOptions options;
  options.allow = to_relay_rules(config.relay.allow_peers);
  options.deny = to_relay_rules(config.relay.deny_peers);
  options.own = facts.addresses;
  options.own.insert(options.own.end(), facts.sleeping_addresses.begin(), facts.sleeping_addresses.end());
  const auto add = [&](const base::IpAddress& bound, const base::IpAddress& advertised) {
    options.relayed.push_back(bound);
    options.relayed.push_back(advertised);
    options.own.push_back(advertised);
  };
  for (const auto& address : relay_addresses(config, facts)) add(address.bound, address.advertised);
  for (const auto& pool : in_use) add(pool.bound, pool.advertised);
  return options;
}

}  // namespace app

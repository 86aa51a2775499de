#include "tests/support/turn_world.h"

namespace support {

relay::PeerPolicyOptions lab_policy() {
  relay::PeerPolicyOptions options;
  for (const auto* network : {"192.0.2.0/24", "198.51.100.0/24", "2001:db8:9::/48"}) {
    options.allow.push_back(relay::PeerRule::parse(network).value());
  }
  for (const auto* own : {"10.0.0.1", "203.0.113.1", "2001:db8:ffff::1"}) options.own.push_back(ip(own));
  options.relayed = {ip("203.0.113.1"), ip("2001:db8:ffff::1")};
  return options;
}

TurnWorld::TurnWorld(const WorldOptions& options)
    : random(options.seed),
      quotas(options.quotas),
      nonces({1, 2}, options.nonce_lifetime),
      server(clock.steady(), options.server,
             *policies.emplace_back(std::make_unique<relay::PeerPolicy>(options.peers)), credentials, ports,
             quotas, random, nonces, counters) {
  for (const auto* user : {"alice", "bob"}) credentials.add(user, password_of(user), options.server.realm);
}

uint64_t TurnWorld::gauge() const {
  uint64_t sum = 0;
  for (const auto& of_transport : counters.allocations) {
    for (const auto& count : of_transport) sum += count.value();
  }
  return sum;
}

void TurnWorld::change_policy(relay::PeerPolicyOptions options) {
  policies.push_back(std::make_unique<relay::PeerPolicy>(std::move(options)));
  server.change_policy(*policies.back());
}

}  // namespace support

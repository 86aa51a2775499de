// Which addresses icebox relays from and what clients are told. Pure: the host is a value.
#pragma once

#include <vector>

#include "app/config/config.h"
#include "app/host_facts.h"
#include "base/address.h"
#include "relay/worker/shared_ports.h"

namespace app {

// What clients are told instead of `own`, an address that icebox listens on or relays from: the default-route
// address if `own` is a wildcard, and then external_ip of the same family if there is one. `own` if nothing
// is known.
[[nodiscard]] base::IpAddress advertised_address(const Config& config, const HostFacts& facts,
                                                 const base::IpAddress& own);

// relay.addresses; without them every address that is listened on. A wildcard stands for the default-route
// address (else any address that leaves the host, else loopback); [::] stands for both families. IPv4 first,
// none twice.
[[nodiscard]] std::vector<relay::worker::RelayAddress> relay_addresses(const Config& config,
                                                                       const HostFacts& facts);

// `config` with what the host decides filled in where it was left open: realm, workers, relay.addresses.
[[nodiscard]] Config with_host_defaults(Config config, const HostFacts& facts);

}  // namespace app

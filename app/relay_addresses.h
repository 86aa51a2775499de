// Which addresses icebox relays from and what clients are told. Pure: the host is a value.
#pragma once

#include <vector>

#include "app/config/load.h"
#include "app/host_facts.h"
#include "base/address.h"
#include "relay/worker/shared_ports.h"

namespace app {

// True if a socket can be bound to `address` here, as far as the interfaces tell; a wildcard is everywhere.
[[nodiscard]] bool is_on_host(const HostFacts& facts, const base::IpAddress& address);

// What clients are told instead of `own`, an address that icebox listens on or relays from: the default-route
// address if `own` is a wildcard, and then external_ip of the same family if there is one. `own` if nothing
// is known.
[[nodiscard]] base::IpAddress advertised_address(const Config& config, const HostFacts& facts,
                                                 const base::IpAddress& own);

// relay.addresses; without them every address that is listened on. A wildcard stands for the default-route
// address, else for any address that leaves the host, and for nothing while there is none: never for
// loopback, which no peer reaches. [::] stands for both families. IPv4 first, none twice.
[[nodiscard]] std::vector<relay::worker::RelayAddress> relay_addresses(const Config& config,
                                                                       const HostFacts& facts);

// Those of relay_addresses() that the host has now.
[[nodiscard]] std::vector<relay::worker::RelayAddress> present_relay_addresses(const Config& config,
                                                                               const HostFacts& facts);

// The default `listen` has [::], which takes both families; a host that cannot do IPv6 gets 0.0.0.0 there.
// What somebody wrote stays as it is.
void fit_default_listeners(LoadedConfig& loaded, const HostFacts& facts);

// `config` with what the host decides filled in where it was left open: realm, workers, relay.addresses.
[[nodiscard]] Config with_host_defaults(Config config, const HostFacts& facts);

}  // namespace app

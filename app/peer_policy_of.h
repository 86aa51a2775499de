// The relay's peer policy as configuration and host give it: for the server and for `icebox explain peer`.
#pragma once

#include <span>

#include "app/config/config.h"
#include "app/config/load.h"
#include "app/host_facts.h"
#include "relay/peer_policy.h"
#include "relay/worker/shared_ports.h"

namespace app {

// A line for each rule of relay.allow_peers that lets nobody pass, whatever relay.deny_peers says.
[[nodiscard]] ConfigFaults void_rules(const LoadedConfig& loaded);

// A line for each that relay.deny_peers leaves nothing of.
[[nodiscard]] std::vector<std::string> denied_rules(const Config& config);

// `in_use`: what was relayed from before and has allocations. Clients reach each other there until these end,
// whatever address the host would choose now.
[[nodiscard]] relay::PeerPolicyOptions peer_policy_options(
    const Config& config, const HostFacts& facts, std::span<const relay::worker::PortUse> in_use = {});

}  // namespace app

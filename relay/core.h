// What every request handler works on. Not for several threads: each worker has its own.
#pragma once

#include "base/random.h"
#include "relay/allocation_table.h"
#include "relay/counters.h"
#include "relay/interfaces.h"
#include "relay/options.h"
#include "relay/peer_policy.h"
#include "relay/source_budget.h"
#include "stun/nonce.h"

namespace relay {

struct Core {
  ServerOptions options;
  const PeerPolicy* policy;  // swapped by Server::change_policy
  Credentials& credentials;
  RelayPorts& ports;
  Quotas& quotas;
  base::RandomSource& random;
  stun::NonceKey nonces;
  Counters& counters;
  AllocationTable allocations;
  SourceBudget budget;
  bool draining = false;

  // Closes its ports, gives back its quota and forgets it.
  void end(Allocation& allocation);
  // Closes one half of a dual allocation, with the permissions and channels that lived there.
  void end_family(Allocation& allocation, base::Family family);
};

}  // namespace relay

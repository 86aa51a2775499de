// What a run against a hub is asked to do. Plain values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "bench/generator/hub/wire.h"

namespace bench::generator::hub {

// Whom to load, as whom, and whom to watch meanwhile.
struct HubSite {
  base::Endpoint server;
  Wire wire;
  std::vector<std::string> tokens;  // of kIcebox, one to a client, pair after pair (accounts.h)
  // Of a server on an IPv4 loopback address: clients come from that many addresses, 127.0.1.1 and on, for one
  // address has but 28 000 ports to lend.
  uint32_t sources = 1;
  size_t window = 128;  // handshakes under way at most
  pid_t watched = 0;    // the server's process; 0: none

  // One sentence, or empty if all is well.
  [[nodiscard]] std::string problem(size_t clients) const;
};

struct HubRelayOptions {
  size_t clients = 200;
  uint32_t messages_per_second = 1000;   // of all clients together
  size_t payload_bytes = 800;            // at least kTextStampBytes
  std::chrono::milliseconds warm_up{0};  // the same load before, not counted
  std::chrono::milliseconds duration{5000};
  uint64_t seed = 1;  // of the order of senders
};

struct HubIdleOptions {
  size_t clients = 1000;
  std::chrono::milliseconds hold{5000};
};

struct HubReconnectOptions {
  size_t clients = 1000;
  uint32_t messages_per_second = 1000;  // before, during and after the cut
  size_t payload_bytes = 800;
  std::chrono::milliseconds before{2000};
  std::chrono::milliseconds after{5000};  // from the cut on; longer if clients are not attached by then
  std::chrono::milliseconds give_up{60'000};
  uint64_t seed = 1;
};

}  // namespace bench::generator::hub

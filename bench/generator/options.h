// What a run of the generator is asked to do. Plain values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/address.h"
#include "bench/generator/turn_client.h"

namespace bench::generator {

// Whom to load, from where, and whom to watch meanwhile.
struct Site {
  base::Endpoint server;
  Login login;
  std::string client_namespace;  // as in `ip netns`; empty: the caller's
  std::string peer_namespace;
  base::IpAddress peer;  // address of the peers' sockets, in their namespace
  pid_t watched = 0;     // the server's process; 0: none
};

// Which way media goes.
enum class Direction : uint8_t { kToPeer = 1, kFromPeer = 2, kBoth = 3 };

enum class Path : uint8_t {
  kRelayed,  // client, relay, peer
  kPaired,   // client, relay, client: both ends are allocations of the server
  kDirect,   // client and peer without a relay: what the generator itself can carry
};

struct RelayOptions {
  Path path = Path::kRelayed;
  Direction direction = Direction::kToPeer;
  bool indications = false;              // Send and Data indications instead of channels
  size_t allocations = 1;                // kPaired: twice as many as pairs; kDirect: sockets
  size_t peers = 1;                      // sockets that the allocations share
  uint32_t packets_per_second = 1000;    // of all flows and directions together
  uint32_t burst = 1;                    // packets of one flow back to back, in one system call
  size_t payload_bytes = 160;            // at least kStampBytes; a multiple of four with indications
  std::chrono::milliseconds warm_up{0};  // the same load before, not counted
  std::chrono::milliseconds duration{5000};
  uint64_t seed = 1;  // of the order of flows

  // One sentence, or empty if all is well.
  [[nodiscard]] std::string problem() const;
};

struct CycleOptions {
  uint32_t cycles_per_second = 100;
  std::chrono::milliseconds warm_up{0};  // the same before, not counted
  std::chrono::milliseconds duration{5000};
  base::Endpoint peer{};  // whom channels are bound to; nothing is sent to it
};

struct IdleOptions {
  size_t allocations = 1000;
  std::chrono::milliseconds hold{1000};
};

struct FloodOptions {
  uint64_t requests = 1'000'000;
  uint64_t warm_up = 50'000;  // requests before the first look at the server's memory
  base::IpPrefix sources;     // IPv4; every request has another address of it, and another port
  size_t window = 512;        // unanswered requests at most
};

}  // namespace bench::generator

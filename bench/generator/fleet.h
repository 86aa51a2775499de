// The sockets of a relay run: clients with their allocations, channels or permissions, and peers.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "bench/generator/conversations.h"
#include "bench/generator/options.h"

namespace bench::generator {

struct Fleet {
  // All outlive it.
  Fleet(const Site& at, const RelayOptions& wanted, base::RandomSource& random_of)
      : site(at), options(wanted), random(random_of) {}

  // Opens every socket, allocates, and binds or permits each client's peer.
  [[nodiscard]] std::expected<void, std::string> set_up();

  // Gives the allocations back; one that the server does not release expires.
  void release();

  struct PeerOf {
    uint32_t tag = 0;  // of the socket where what the client sends comes out
    base::Endpoint endpoint;
  };
  [[nodiscard]] PeerOf peer_of(size_t client) const;

  const Site& site;
  const RelayOptions& options;
  base::RandomSource& random;
  Poller poller;
  net::UdpReceiveBatch receive;
  Clients clients;                // tags 0..
  std::vector<TestSocket> peers;  // tags from clients.size() on

 private:
  [[nodiscard]] std::expected<void, std::string> open_peers();
  [[nodiscard]] std::expected<void, std::string> open_clients();
  [[nodiscard]] std::expected<void, std::string> allocate();
};

// A client's socket in its namespace, connected to `to`, with its tag at the poller.
[[nodiscard]] std::expected<std::unique_ptr<Client>, std::string> open_client(const Site& site,
                                                                              const base::Endpoint& to,
                                                                              uint32_t tag, Poller& poller,
                                                                              base::RandomSource& random);

// Requests under way at once while many clients allocate: fewer than a default receive buffer holds.
inline constexpr size_t kSetUpWindow = 32;

}  // namespace bench::generator

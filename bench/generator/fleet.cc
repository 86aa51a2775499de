#include "bench/generator/fleet.h"

#include "bench/generator/flow.h"
#include "bench/generator/network_namespace.h"

namespace bench::generator {

std::expected<std::unique_ptr<Client>, std::string> open_client(const Site& site, const base::Endpoint& to,
                                                                uint32_t tag, Poller& poller,
                                                                base::RandomSource& random) {
  auto socket = open_connected(to);
  if (!socket) return std::unexpected(socket.error());
  auto client = std::make_unique<Client>(std::move(*socket), site.login, random);
  poller.add(client->socket.fd(), tag);
  return client;
}

Fleet::PeerOf Fleet::peer_of(size_t client) const {
  if (options.path == Path::kPaired) {
    const auto other = static_cast<uint32_t>(client ^ 1);
    return {other, clients[other]->turn.relayed()};
  }
  const size_t peer = client % peers.size();
  return {static_cast<uint32_t>(clients.size() + peer), peers[peer].local};
}

std::expected<void, std::string> Fleet::open_peers() {
  if (options.path == Path::kPaired) return {};
  const auto there = InNamespace::enter(site.peer_namespace);
  if (!there) return std::unexpected(there.error().text);
  for (size_t i = 0; i < options.peers; ++i) {
    auto socket = open_on(site.peer);
    if (!socket) return std::unexpected(socket.error());
    peers.push_back(std::move(*socket));
    poller.add(peers.back().socket.fd(), static_cast<uint32_t>(options.allocations + i));
  }
  return {};
}

std::expected<void, std::string> Fleet::open_clients() {
  const auto there = InNamespace::enter(site.client_namespace);
  if (!there) return std::unexpected(there.error().text);
  for (size_t i = 0; i < options.allocations; ++i) {
    const auto& to = options.path == Path::kDirect ? peers[i % peers.size()].local : site.server;
    auto client = open_client(site, to, static_cast<uint32_t>(i), poller, random);
    if (!client) return std::unexpected(client.error());
    clients.push_back(std::move(*client));
  }
  return {};
}

std::expected<void, std::string> Fleet::allocate() {
  Conversations conversations(clients, poller, receive);
  auto done = ask_all(conversations, clients, kSetUpWindow,
                      [](uint32_t, TurnClient& client) { client.start_allocate(); });
  if (!done) return done;
  return ask_all(conversations, clients, kSetUpWindow, [this](uint32_t tag, TurnClient& client) {
    const auto peer = peer_of(tag).endpoint;
    if (options.indications) {
      client.start_create_permission(peer);
    } else {
      client.start_channel_bind(kChannel, peer);
    }
  });
}

void Fleet::release() {
  if (options.path == Path::kDirect) return;
  Conversations conversations(clients, poller, receive);
  [[maybe_unused]] const auto done = ask_all(conversations, clients, kSetUpWindow,
                                             [](uint32_t, TurnClient& client) { client.start_release(); });
}

std::expected<void, std::string> Fleet::set_up() {
  if (auto opened = open_peers(); !opened) return opened;
  if (auto opened = open_clients(); !opened) return opened;
  return options.path == Path::kDirect ? std::expected<void, std::string>{} : allocate();
}

}  // namespace bench::generator

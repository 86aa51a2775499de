// TCP relaying (RFC 6062) in any order of requests, connections, outcomes and pauses: every socket that the
// server wants opened is closed once, nothing joins that is not there, and nobody connects without a
// permission. The input is records: one octet of kind, one of argument.
#include <map>

#include "tests/support/turn_client.h"

namespace {

using relay::ConnectionId;
using stun::AttributeType;
using stun::Method;
using support::at;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

relay::PeerPolicyOptions policy(bool narrow) {
  auto options = support::lab_policy();
  if (narrow) options.deny.push_back(relay::PeerRule::parse("192.0.2.0/30").value());
  return options;
}

support::WorldOptions with_tcp() {
  support::WorldOptions options;
  options.server.tcp_relay = true;
  options.server.max_connections_per_allocation = 5;
  options.server.max_connections = 7;
  return options;
}

class Scene {
 public:
  Scene() {
    for (auto* client : {&alice_, &bob_}) allocate(*client);
  }

  void play(uint8_t kind, uint8_t argument) {
    auto& client = kind & 0x80 ? bob_ : alice_;
    switch (kind & 15) {
      case 0:
        return void(client.request(Method::kConnect, [&](auto& m) { m.peer(peer(argument)); }));
      case 1:
        return tell_outcome(argument);
      case 2:
        return incoming(client, peer(argument));
      case 3:
        return bind(client, argument);
      case 4:
        return end_of_pair(argument);
      case 5:
        return world_.advance(std::chrono::milliseconds(250) * argument);
      case 6:
        return void(client.permit({peer(argument)}));
      case 7:
        return void(client.refresh(argument & 1 ? 600 : 0));
      case 8:
        return allocate(client);
      case 9:
        return world_.change_policy(policy(argument & 1));
      case 10:
        return client.close();
      case 11:
        return void(world_.server.kick_user(client.login.username));
      default:
        return void(world_.server.handle_relayed(world_.clock.steady(), pick(argument), kBoth[argument & 1],
                                                 argument));
    }
  }

  // What a worker does after each batch.
  void carry_out() {
    while (const auto output = world_.server.poll_output()) {
      if (const auto* open = std::get_if<relay::OpenConnection>(&*output)) {
        require(sockets_.emplace(open->id, State::kOpening).second);
        require(world_.policies.back()->permits(open->remote) || world_.ports.find_listener(open->remote));
      } else if (const auto* close = std::get_if<relay::CloseConnection>(&*output)) {
        require(sockets_.erase(close->id) == 1);
      } else {
        require(stun::Message::parse(std::get<relay::TellClient>(*output).message).has_value());
      }
    }
  }

  void require_order() {
    size_t connections = 0;
    for (auto* client : {&alice_, &bob_}) {
      const auto* allocation = client->is_allocated() ? client->allocation() : nullptr;
      if (allocation && allocation->tcp) connections += allocation->tcp->connections.size();
    }
    require(connections == sockets_.size() && connections == world_.counters.tcp.connections.value());
    require(world_.ports.leaked() == 0 && world_.quotas.in_all() == world_.server.allocation_count());
    require(world_.server.poll_timeout().has_value() == (world_.server.allocation_count() > 0));
  }

 private:
  enum class State { kOpening, kUnbound, kJoined };
  static constexpr relay::Direction kBoth[] = {relay::Direction::kToPeer, relay::Direction::kToClient};

  static void allocate(support::TurnClient& client) {
    client.request(Method::kAllocate, [](auto& m) { m.transport(stun::kProtocolTcp); });
  }
  // Allowed, denied, of another family, and the clients' own relayed addresses.
  base::Endpoint peer(uint8_t argument) {
    const auto& client = argument & 0x40 ? bob_ : alice_;
    if (argument & 0x80 && client.is_allocated()) return client.allocation()->relays[0].relayed;
    const char* const kHosts[] = {"192.0.2.2:7000", "192.0.2.7:7000", "192.0.2.7:7001", "192.0.2.9:80",
                                  "10.1.1.1:80",    "127.0.0.1:80",   "192.0.2.7:0",    "[2001:db8:9::7]:80"};
    return at(kHosts[argument & 7]);
  }
  ConnectionId pick(uint8_t argument) {
    if (sockets_.empty()) return argument;
    return std::next(sockets_.begin(), argument % sockets_.size())->first;
  }
  void tell_outcome(uint8_t argument) {
    const auto id = pick(argument);
    const auto at = sockets_.find(id);
    if (at == sockets_.end() || at->second != State::kOpening) return;
    if (argument & 0x80) {
      at->second = State::kUnbound;
      world_.server.handle_connected(world_.clock.steady(), id);
    } else {
      sockets_.erase(at);
      world_.server.handle_connect_failed(id);
    }
  }
  void incoming(support::TurnClient& client, const base::Endpoint& from) {
    const auto id = client.is_allocated() ? client.allocation()->id : 1;
    const auto taken = world_.server.handle_incoming(world_.clock.steady(), id, from);
    if (!taken) return;
    require(client.allocation()->peers.is_permitted(world_.clock.steady(), from.ip));
    require(sockets_.emplace(*taken, State::kUnbound).second);
  }
  void bind(support::TurnClient& of, uint8_t argument) {
    support::TurnClient stream(world_, of.login.username, relay::Transport::kTcp,
                               {support::ip("198.51.100.9"), static_cast<uint16_t>(1000 + argument)});
    stream.challenge();
    support::TurnMessage message(Method::kConnectionBind);
    const auto id = pick(argument);
    message.word(AttributeType::kConnectionId, id).sign(stream.login);
    const auto outcome = stream.send(message.bytes());
    if (outcome.kind != relay::Step::Kind::kJoin) return;
    require(outcome.connection == id && sockets_.at(id) == State::kUnbound);
    sockets_[id] = State::kJoined;
  }
  void end_of_pair(uint8_t argument) {
    const auto at = sockets_.find(pick(argument));
    if (at == sockets_.end() || at->second != State::kJoined) return;
    world_.server.handle_connection_closed(at->first);
    sockets_.erase(at);
  }

  support::TurnWorld world_{with_tcp()};
  support::TurnClient alice_{world_, "alice", relay::Transport::kTcp, at("198.51.100.1:5000")};
  support::TurnClient bob_{world_, "bob", relay::Transport::kTls, at("198.51.100.2:5000")};
  std::map<ConnectionId, State> sockets_;  // as a worker has them
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Scene scene;
  for (size_t at = 0; at + 1 < size && at < 400; at += 2) {
    scene.play(data[at], data[at + 1]);
    scene.carry_out();
    scene.require_order();
  }
  return 0;
}

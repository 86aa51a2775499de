// A client with an allocation for TCP, and hands for what the data plane would do (RFC 6062).
#pragma once

#include "stun/integrity.h"
#include "tests/relay/fixtures.h"

namespace relay {

inline const base::Endpoint kDenied = at("10.1.1.1:7000");

class TcpRelayTest : public testing::Test {
 protected:
  explicit TcpRelayTest(WorldOptions options = tcp_on()) : world(options) {
    EXPECT_EQ(allocate(client).code(), 200);
  }
  static WorldOptions tcp_on() {
    WorldOptions options;
    options.server.tcp_relay = true;
    return options;
  }
  static WorldOptions with_bandwidth(uint64_t bits_per_second) {
    auto options = tcp_on();
    options.server.bits_per_second_per_allocation = bits_per_second;
    return options;
  }

  static Answer allocate(TurnClient& who) {
    return who.request(Method::kAllocate, [](auto& m) { m.transport(stun::kProtocolTcp); });
  }
  static Answer connect(TurnClient& who, const base::Endpoint& peer) {
    return who.request(Method::kConnect, [&](auto& m) { m.peer(peer); });
  }

  // Everything that the server wants done, of one kind; the others are lost.
  template <typename Kind>
  std::vector<Kind> outputs() {
    std::vector<Kind> found;
    while (auto output = world.server.poll_output()) {
      if (auto* one = std::get_if<Kind>(&*output)) found.push_back(std::move(*one));
    }
    return found;
  }
  std::vector<Answer> told() {
    std::vector<Answer> answers;
    for (auto& tell : outputs<TellClient>()) answers.push_back({tell.message});
    return answers;
  }
  static ConnectionId id_in(const Answer& answer) {
    return answer.message().word(AttributeType::kConnectionId).value_or(0);
  }

  // A Connect that has reached its peer: the id that its answer gave.
  ConnectionId connected(const base::Endpoint& peer = kPeer) {
    EXPECT_EQ(connect(client, peer).code(), Answer::kSilence);
    const auto opened = outputs<OpenConnection>();
    EXPECT_EQ(opened.size(), 1u);
    world.server.handle_connected(world.clock.steady(), opened.at(0).id);
    const auto answers = told();
    EXPECT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers.at(0).code(), 200);
    EXPECT_EQ(id_in(answers[0]), opened[0].id);
    return id_in(answers[0]);
  }
  std::optional<ConnectionId> incoming(const base::Endpoint& peer) {
    return world.server.handle_incoming(world.clock.steady(), client.allocation()->id, peer);
  }
  // ConnectionBind on a stream of its own.
  Outcome bind(ConnectionId id, const std::string& user = "alice", Transport transport = Transport::kTcp) {
    TurnClient stream(world, user, transport, {ip("198.51.100.1"), next_port++});
    stream.challenge();
    return bind_over(stream, id);
  }
  static Outcome bind_over(TurnClient& stream, ConnectionId id) {
    if (stream.login.nonce.empty()) stream.challenge();
    TurnMessage message(Method::kConnectionBind);
    message.word(AttributeType::kConnectionId, id);
    return stream.send(message.sign(stream.login).bytes());
  }
  static int code(const Outcome& outcome) { return Answer{outcome.wire}.code(); }
  size_t connections() { return client.allocation()->tcp->connections.size(); }

  TurnWorld world;
  TurnClient client{world, "alice", Transport::kTcp, at("198.51.100.1:5000")};
  uint16_t next_port = 6000;
};

}  // namespace relay

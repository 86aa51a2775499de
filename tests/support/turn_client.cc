#include "tests/support/turn_client.h"

#include "stun/stream_framer.h"
#include "tests/support/hex.h"

namespace support {

using stun::AttributeType;
using stun::Method;

Outcome keep(const relay::Step& step) {
  Outcome outcome{step.kind, copy_of(step.header), copy_of(step.payload), step.peer, step.from,
                  {},        step.dont_fragment};
  outcome.wire.insert(outcome.wire.end(), step.payload.begin(), step.payload.end());
  outcome.wire.resize(outcome.wire.size() + step.padding_bytes);
  if (step.client) outcome.client = step.client->tuple;
  outcome.connection = step.connection;
  return outcome;
}

TurnClient::TurnClient(TurnWorld& world, const std::string& user, relay::Transport transport,
                       const base::Endpoint& from)
    : path{{from, {from.ip.is_v4() ? ip("198.51.100.254") : ip("2001:db8::254"), 3478}, transport}, 0},
      login{user, password_of(user)},
      world_(world) {}

Outcome TurnClient::send(base::Bytes packet) {
  std::vector<uint8_t> stream = copy_of(packet);
  if (relay::is_stream(path.tuple.transport)) {
    stream.resize(base::padded_to_4(stream.size()));
    const auto frame = stun::next_frame(stream);
    if (!frame || !*frame) return {};
    packet = (*frame)->bytes;
  }
  return keep(world_.server.handle_client(world_.clock.now(), path, packet, world_.scratch));
}

Answer TurnClient::ask(const TurnMessage& message) { return {send(message.bytes()).wire}; }

void TurnClient::challenge() {
  const auto answer = ask(TurnMessage(Method::kAllocate).transport());
  if (!answer.bytes.empty()) login.nonce = answer.text(AttributeType::kNonce);
}

Answer TurnClient::request(Method method, const Fill& fill) {
  if (login.nonce.empty()) challenge();
  TurnMessage message(method);
  if (fill) fill(message);
  return ask(message.sign(login));
}

Answer TurnClient::allocate(const Fill& more) {
  return request(Method::kAllocate, [&](TurnMessage& message) {
    message.transport();
    if (more) more(message);
  });
}

Answer TurnClient::refresh(std::optional<uint32_t> lifetime) {
  return request(Method::kRefresh, [&](TurnMessage& message) {
    if (lifetime) message.lifetime(*lifetime);
  });
}

Answer TurnClient::permit(std::initializer_list<base::Endpoint> peers) {
  return request(Method::kCreatePermission, [&](TurnMessage& message) {
    for (const auto& peer : peers) message.peer(peer);
  });
}

Answer TurnClient::bind(uint16_t channel, const base::Endpoint& peer) {
  return request(Method::kChannelBind, [&](TurnMessage& message) { message.channel(channel).peer(peer); });
}

Outcome TurnClient::channel_data(uint16_t channel, base::Bytes payload) {
  return send(support::channel_data(channel, payload));
}

Outcome TurnClient::send_indication(const base::Endpoint& peer, base::Bytes payload) {
  return send(support::send_indication(peer, payload));
}

relay::Allocation* TurnClient::allocation() const {
  for (const auto& session : world_.server.sessions(world_.clock.steady())) {
    if (session.client == path.tuple) return world_.server.find(session.id);
  }
  return nullptr;
}

Outcome TurnClient::from_peer(const base::Endpoint& peer, base::Bytes payload) {
  return keep(world_.server.handle_peer(world_.clock.steady(), *allocation(), peer, payload, world_.scratch));
}

Outcome TurnClient::icmp(const base::Endpoint& peer, const relay::IcmpError& error) {
  return keep(world_.server.handle_icmp(world_.clock.steady(), *allocation(), peer, error, world_.scratch));
}

}  // namespace support

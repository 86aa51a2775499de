// Any sequence of packets and pauses, from clients that have allocations: no crash, nothing lost, and nothing
// relayed without a permission. The input is records: one octet of kind, one of length, that many octets.
#include "tests/support/hex.h"
#include "tests/support/turn_client.h"

namespace {

using support::at;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

class Scene {
 public:
  Scene() {
    require(udp_.allocate().code() == 200 &&
            tls_.allocate([](auto& m) { m.additional(base::Family::kIpv6); }).code() == 200);
    require(udp_.bind(0x4000, kPeer).code() == 200 && tls_.permit({kPeer, kPeer6}).code() == 200);
  }

  void play(uint8_t kind, base::Bytes octets) {
    auto& client = kind & 0x80 ? tls_ : udp_;
    switch (kind & 7) {
      case 0:
      case 1:
        return judge(client, client.send(octets));
      case 2:
        return judge(client, client.send(signed_request(client, octets)));
      case 3:
        return judge(client, client.channel_data(static_cast<uint16_t>(0x4000 | (kind >> 3 & 15)), octets));
      case 4:
        return judge(client, client.send_indication(kind & 8 ? kPeer6 : kPeer, octets));
      case 5:
        return from_peer(client, kind & 8 ? kPeer6 : kPeer, octets);
      case 6:
        return world_.advance(std::chrono::seconds(octets.empty() ? 1 : 4 * octets[0]));
      default:
        return allocate(client, kind);
    }
  }

  void require_order() {
    require(world_.server.allocation_count() <= 2 && world_.ports.leaked() == 0);
    require(world_.quotas.in_all() == world_.server.allocation_count());
    require(world_.gauge() == world_.ports.opened());
    require(places() <= kPlaces && places() >= world_.server.allocation_count() + world_.ports.reserved());
    require(world_.server.poll_timeout().has_value() == (world_.server.allocation_count() > 0));
  }

 private:
  const base::Endpoint kPeer = at("192.0.2.7:7000");
  const base::Endpoint kPeer6 = at("[2001:db8:9::7]:7000");

  static constexpr size_t kPlaces = 4;
  static support::WorldOptions options() { return {.quotas = {.per_user = 3, .per_source = 2}}; }
  // Of both users together, whose sources are two: allocations, reservations and resting ports.
  size_t places() { return world_.quotas.of_user("alice") + world_.quotas.of_user("bob"); }

  void allocate(support::TurnClient& client, uint8_t kind) {
    const auto answer = client.allocate([&](auto& m) {
      if (kind & 8) m.even_port(kind & 16);
      if (kind & 32) m.token(token_);
    });
    if (answer.code() != 200 || !answer.has(stun::AttributeType::kReservationToken)) return;
    token_ = support::copy_of(answer.message().find(stun::AttributeType::kReservationToken)->value);
  }

  // A request whose attributes are the input's: method, then pieces of type (2 octets), length and value.
  std::vector<uint8_t> signed_request(support::TurnClient& client, base::Bytes octets) {
    if (octets.empty()) return {};
    support::TurnMessage message(stun::Method(octets[0] & 15));
    for (octets = octets.subspan(1); octets.size() >= 3;) {
      const auto type = base::load_be16(octets.data());
      const size_t length = std::min<size_t>(octets[2], octets.size() - 3);
      message.attribute(type, octets.subspan(3, length));
      octets = octets.subspan(3 + length);
    }
    return message.sign(client.login).bytes();
  }

  // The answer to a Binding of old, which has no cookie.
  static bool is_of_rfc3489(base::Bytes wire) {
    return wire.size() >= 20 && base::load_be16(wire.data()) == 0x0101 &&
           base::load_be16(wire.data() + 2) + size_t{20} == wire.size() &&
           base::load_be32(wire.data() + 4) != 0x2112a442;
  }

  void judge(support::TurnClient& client, const support::Outcome& outcome) {
    if (outcome.kind == relay::Step::Kind::kReply)
      require(stun::Message::parse(outcome.wire).has_value() || is_of_rfc3489(outcome.wire));
    if (!outcome.to_peer()) return;
    const auto* allocation = client.allocation();
    require(allocation && allocation->peers.passes(world_.clock.steady(), outcome.peer));
    require(outcome.peer.port != 0 && world_.policies[0]->permits(outcome.peer));
  }

  void from_peer(support::TurnClient& client, const base::Endpoint& peer, base::Bytes payload) {
    if (!client.is_allocated()) return;
    const auto outcome = client.from_peer(peer, payload);
    const auto& peers = client.allocation()->peers;
    require(outcome.to_client() == peers.passes(world_.clock.steady(), peer));
    if (outcome.nothing() || outcome.is_channel_data()) return;
    const auto message = stun::Message::parse(outcome.wire);
    require(message && message->find(stun::AttributeType::kData)->value.size() == payload.size());
  }

  std::vector<uint8_t> token_ = std::vector<uint8_t>(8);
  support::TurnWorld world_{options()};
  support::TurnClient udp_{world_, "alice", relay::Transport::kUdp, at("198.51.100.1:5000")};
  support::TurnClient tls_{world_, "bob", relay::Transport::kTls, at("198.51.100.2:5000")};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Scene scene;
  for (base::Bytes input(data, size); input.size() >= 2;) {
    const size_t length = std::min<size_t>(input[1], input.size() - 2);
    scene.play(input[0], input.subspan(2, length));
    scene.require_order();
    input = input.subspan(2 + length);
  }
  return 0;
}

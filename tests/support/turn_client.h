// A TURN client of a TurnWorld, over any transport. Streams go through the framer, as in a worker.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/answer.h"
#include "tests/support/turn_message.h"
#include "tests/support/turn_world.h"

namespace support {

// What came out of the server for one packet in: kept, because views die with the next call.
struct Outcome {
  relay::Step::Kind kind = relay::Step::Kind::kNothing;
  std::vector<uint8_t> wire;  // what goes out, to whomever: header, payload and padding
  std::vector<uint8_t> payload;
  base::Endpoint peer;
  base::Endpoint from;
  relay::FiveTuple client;  // of kToClient
  bool dont_fragment = false;
  relay::ConnectionId connection = 0;  // of kJoin and kHandOver

  [[nodiscard]] bool nothing() const { return kind == relay::Step::Kind::kNothing; }
  [[nodiscard]] bool to_peer() const { return kind == relay::Step::Kind::kToPeer; }
  [[nodiscard]] bool to_client() const { return kind == relay::Step::Kind::kToClient; }
  [[nodiscard]] bool is_channel_data() const { return !wire.empty() && (wire[0] & 0xc0) == 0x40; }
  [[nodiscard]] stun::Message message() const { return *stun::Message::parse(wire); }  // a Data indication
};
[[nodiscard]] Outcome keep(const relay::Step& step);

class TurnClient {
 public:
  using Fill = std::function<void(TurnMessage&)>;

  explicit TurnClient(TurnWorld& world, const std::string& user = "alice",
                      relay::Transport transport = relay::Transport::kUdp,
                      const base::Endpoint& from = at("198.51.100.1:5000"));

  // Sends octets as they are.
  Outcome send(base::Bytes packet);
  // Sends a message as it is.
  Answer ask(const TurnMessage& message);
  // Fills, signs and sends a request; takes a nonce from the server first, if there is none yet.
  Answer request(stun::Method method, const Fill& fill = {});
  void challenge();

  Answer allocate(const Fill& more = {});
  Answer refresh(std::optional<uint32_t> lifetime = std::nullopt);
  Answer permit(std::initializer_list<base::Endpoint> peers);
  Answer bind(uint16_t channel, const base::Endpoint& peer);
  Outcome channel_data(uint16_t channel, base::Bytes payload);
  Outcome send_indication(const base::Endpoint& peer, base::Bytes payload);
  // A datagram from `peer` to the client's relayed address. The allocation must exist.
  Outcome from_peer(const base::Endpoint& peer, base::Bytes payload);
  Outcome icmp(const base::Endpoint& peer, const relay::IcmpError& error);
  void close() { world_.server.handle_client_gone(path.tuple); }

  [[nodiscard]] bool is_allocated() const { return world_.server.has_allocation(path.tuple); }
  [[nodiscard]] relay::Allocation* allocation() const;

  relay::ClientPath path;
  Login login;

 private:
  TurnWorld& world_;
};

}  // namespace support

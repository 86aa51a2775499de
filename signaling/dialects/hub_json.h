// The hub's messages as JSON, the wire of `/ws` and of the management channel. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "signaling/message.h"

namespace signaling::dialects {

// {"seen":n}: every numbered frame up to n has arrived.
struct Seen {
  uint64_t n = 0;
};

// What cannot be understood. `text` is static and names the cure.
struct BadMessage {
  std::string_view text;
  std::optional<uint64_t> id;  // if that much could be read
};

// Reads what clients send. Keeps its buffers; one per thread. Nothing but whole, valid JSON (RFC 8259)
// without doubled keys passes: what is relayed is a piece of the text itself.
class HubJsonReader {
 public:
  HubJsonReader();
  ~HubJsonReader();

  // `text` is valid UTF-8. An Outgoing's `sdp` is a view that dies with the next call.
  [[nodiscard]] std::expected<std::variant<Outgoing, Seen>, BadMessage> read(std::string_view text);

 private:
  struct Parsers;
  std::unique_ptr<Parsers> parsers_;
};

// `ice_servers`: an array as text, and its lifetime. `max_message`: octets that one of the client's may have.
[[nodiscard]] std::string welcome_json(const Welcome& welcome, std::string_view ice_servers,
                                       std::chrono::seconds ttl, size_t max_message);
[[nodiscard]] std::string ice_servers_json(std::string_view ice_servers, std::chrono::seconds ttl);
// `to` is overwritten: its memory serves the next message too.
void write_relayed_json(std::string& to, const Relayed& relayed);
[[nodiscard]] std::string receipt_json(const Receipt& receipt);
[[nodiscard]] std::string peer_update_json(const PeerUpdate& update);
// {"nack":id,..} if the input had an id, else {"code":..,"text":..}.
[[nodiscard]] std::string error_json(const Refused& refused);

}  // namespace signaling::dialects

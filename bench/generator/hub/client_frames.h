// WebSocket frames, a client's side (RFC 6455 §5.2): masked out, unmasked in. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "net/byte_queue.h"

namespace bench::generator::hub {

// On the wire: never renumber. RFC 6455 §11.8.
enum class Opcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

using MaskKey = std::array<uint8_t, 4>;

// Appends `payload` as one whole message, masked with `key`.
void append_frame(net::ByteQueue& to, Opcode opcode, base::Bytes payload, const MaskKey& key);

// Reads what a server sends. A message in fragments comes whole, control frames between them on the way.
class ServerFrames {
 public:
  struct Message {
    Opcode opcode;             // never kContinuation
    std::string_view payload;  // dies with the octets that next() got, or at its next call
  };

  // Takes the first message off the front of `unread`. nullopt: the rest is not a whole frame. The error says
  // what no server may send; the connection is of no use any more.
  [[nodiscard]] std::expected<std::optional<Message>, std::string_view> next(base::Bytes& unread);

 private:
  struct Frame {
    Opcode opcode;
    bool fin;
    base::Bytes payload;
  };
  [[nodiscard]] std::expected<std::optional<Frame>, std::string_view> next_frame(base::Bytes& unread);

  std::string fragments_;  // of the message under way, and of the last one until the next call
  std::optional<Opcode> under_way_;
};

}  // namespace bench::generator::hub

// A WebSocket client's octets, right and wrong, and a server's read back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace net {

struct ClientFrame {
  uint8_t opcode;
  std::string payload = {};
  bool fin = true;
  uint8_t rsv = 0;  // RSV1 is 4
  bool masked = true;
};
// As on the wire, under a fixed key.
std::string to_octets(const ClientFrame& frame);

inline constexpr uint8_t kContinuation = 0;
inline constexpr uint8_t kText = 1;
inline constexpr uint8_t kBinary = 2;
inline constexpr uint8_t kClose = 8;
inline constexpr uint8_t kPing = 9;
inline constexpr uint8_t kPong = 10;

// A Close frame's payload.
std::string close_payload(uint16_t code, std::string_view reason = {});

// At least so many octets are missing before the first frame of `octets` is whole; 0: it is.
size_t missing_octets(std::string_view octets);

// Takes the first frame off `octets`: "text PAYLOAD", "binary ..", "ping ..", "pong ..", "close CODE REASON"
// without what is absent; empty: it is not whole yet. Anything a server may not send: "wrong: ..".
std::string take_server_frame(std::string& octets);

}  // namespace net

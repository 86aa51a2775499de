// Any octets as what a WebSocket's client sends: what comes of them does not depend on how they were cut,
// every limit holds, text is UTF-8, and a Close frame's code may stand there.
#include <algorithm>
#include <cstdint>
#include <string>

#include "net/utf8.h"
#include "net/websocket_receiver.h"

namespace {

constexpr net::WebSocketLimits kLimits{.message_bytes = 5000, .fragments = 4};  // above one chunk of wslay's
constexpr size_t kControlBytes = 125;
// A message that is not whole, the room to double it in, a control frame in between, and wslay's own.
constexpr size_t kMostHeldBytes = 2 * kLimits.message_bytes + 1024 + 4096;

struct Check {
  std::string operator()(const net::WebSocketReceiver::Message& message) const {
    if (message.payload.size() > kLimits.message_bytes) __builtin_trap();
    if (message.is_text && !net::is_utf8(message.payload)) __builtin_trap();
    return (message.is_text ? "text " : "binary ") + std::string(base::as_text(message.payload));
  }
  std::string operator()(const net::WebSocketReceiver::TooLarge& message) const {
    if (message.at_least_bytes <= kLimits.message_bytes) __builtin_trap();
    return "too large " + std::to_string(message.at_least_bytes);
  }
  std::string operator()(const net::WebSocketReceiver::Ping& ping) const {
    if (ping.payload.size() > kControlBytes) __builtin_trap();
    return "ping " + std::string(base::as_text(ping.payload));
  }
  std::string operator()(const net::WebSocketReceiver::Pong&) const { return "pong"; }
  std::string operator()(const net::WebSocketReceiver::Close& close) const {
    const auto code = static_cast<uint16_t>(close.code);
    if (close.code != net::WebSocketCode::kNone && !net::is_valid_close_code(code)) __builtin_trap();
    if (!net::is_utf8(base::as_bytes(close.reason))) __builtin_trap();
    return "close " + std::to_string(code) + std::string(close.reason);
  }
  std::string operator()(const net::WebSocketReceiver::Fault& fault) const {
    return "fault " + std::string(fault.reason);
  }
};

// Everything that the connection would see, the stream given in pieces.
std::string outcome(net::WebSocketFramePool& pool, base::Bytes stream, size_t piece_bytes) {
  net::WebSocketReceiver receiver(pool, kLimits);
  std::string seen;
  while (!stream.empty()) {
    auto unread = stream.first(std::min(piece_bytes, stream.size()));
    stream = stream.subspan(unread.size());
    while (const auto event = receiver.next(unread)) {
      seen += std::visit(Check{}, *event) + '\n';
      if (std::holds_alternative<net::WebSocketReceiver::Fault>(*event)) return seen;
      if (receiver.held_bytes() > kMostHeldBytes) __builtin_trap();
    }
    if (receiver.held_bytes() > kMostHeldBytes) __builtin_trap();
    if (!unread.empty()) __builtin_trap();
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static net::WebSocketFramePool pool;
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  if (outcome(pool, stream, stream.size() + 1) != outcome(pool, stream, size_t{data[0]} + 1))
    __builtin_trap();
  return 0;
}

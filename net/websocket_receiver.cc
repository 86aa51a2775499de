#include "net/websocket_receiver.h"

#include <algorithm>
#include <utility>

namespace net {
namespace {

using Code = WebSocketCode;
using Fault = WebSocketReceiver::Fault;

bool is_known(WebSocketOpcode opcode) {
  switch (opcode) {
    case WebSocketOpcode::kContinuation:
    case WebSocketOpcode::kText:
    case WebSocketOpcode::kBinary:
    case WebSocketOpcode::kClose:
    case WebSocketOpcode::kPing:
    case WebSocketOpcode::kPong:
      return true;
  }
  return false;
}

// RFC 6455 §5.5.1, §7.1.5, §7.1.6.
WebSocketReceiver::Event close_of(base::Bytes payload) {
  if (payload.empty()) return WebSocketReceiver::Close{Code::kNone, {}};
  if (payload.size() < 2) return Fault{Code::kProtocolError, "a Close frame with half a code"};
  const uint16_t code = base::load_be16(payload.data());
  if (!is_valid_close_code(code)) return Fault{Code::kProtocolError, "a Close code that may not be sent"};
  if (!is_utf8(payload.subspan(2))) return Fault{Code::kInvalidPayload, "a reason that is not UTF-8"};
  return WebSocketReceiver::Close{static_cast<Code>(code), base::as_text(payload.subspan(2))};
}

}  // namespace

bool is_valid_close_code(uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::optional<WebSocketReceiver::Event> WebSocketReceiver::next(base::Bytes& unread) {
  if (std::exchange(message_seen_, false)) message_.clear();
  if (std::exchange(control_seen_, false)) control_.clear();
  for (;;) {
    const auto part = reader_.next(unread);
    if (!part) return Fault{Code::kProtocolError, "a malformed frame header"};
    if (!*part) return std::nullopt;
    if (auto event = take(**part)) return event;
  }
}

std::optional<WebSocketReceiver::Event> WebSocketReceiver::take(const WebSocketFramePart& part) {
  if (part.is_first) {
    if (const auto fault = fault_of(part)) return *fault;
  }
  if (part.is_last) ++frames_;
  return is_control(part.opcode) ? take_control(part) : take_data(part);
}

std::optional<Fault> WebSocketReceiver::fault_of(const WebSocketFramePart& part) const {
  if (part.reserved_bits != 0) return Fault{Code::kProtocolError, "a reserved bit without an extension"};
  if (!is_known(part.opcode)) return Fault{Code::kProtocolError, "an unknown opcode"};
  if (!part.masked) return Fault{Code::kProtocolError, "a client's frame is not masked"};
  if (is_control(part.opcode)) return std::nullopt;
  const bool continues = part.opcode == WebSocketOpcode::kContinuation;
  if (continues && fragments_ == 0) return Fault{Code::kProtocolError, "nothing to continue"};
  if (!continues && fragments_ > 0) return Fault{Code::kProtocolError, "a message inside a message"};
  if (fragments_ >= limits_.fragments) return Fault{Code::kPolicy, "a message in too many fragments"};
  return std::nullopt;
}

std::optional<WebSocketReceiver::Event> WebSocketReceiver::begin_fragment(const WebSocketFramePart& part) {
  if (fragments_ == 0) {
    is_text_ = part.opcode == WebSocketOpcode::kText;
    utf8_ = {};
    message_bytes_ = 0;
    dropping_ = false;
  }
  ++fragments_;
  message_bytes_ += std::min(part.payload_bytes, UINT64_MAX - message_bytes_);
  if (dropping_ || message_bytes_ <= limits_.message_bytes) return std::nullopt;
  dropping_ = true;
  message_.clear();
  return TooLarge{message_bytes_};
}

std::optional<WebSocketReceiver::Event> WebSocketReceiver::take_data(const WebSocketFramePart& part) {
  std::optional<Event> event;
  if (part.is_first) event = begin_fragment(part);
  const bool ends = part.is_last && part.fin;
  if (dropping_) {
    if (ends) fragments_ = 0;
    return event;
  }
  if (is_text_ && (!utf8_.feed(part.data) || (ends && !utf8_.is_complete()))) {
    return Fault{Code::kInvalidPayload, "text that is not UTF-8"};
  }
  if (ends) return end_message(part.data);
  message_.append(part.data);
  return std::nullopt;
}

WebSocketReceiver::Message WebSocketReceiver::end_message(base::Bytes last_part) {
  fragments_ = 0;
  if (message_.empty()) return {is_text_, last_part};  // as most do: in one piece, where wslay has put it
  message_.append(last_part);
  message_seen_ = true;
  return {is_text_, message_.bytes()};
}

std::optional<WebSocketReceiver::Event> WebSocketReceiver::take_control(const WebSocketFramePart& part) {
  if (!part.is_last) {
    control_.append(part.data);
    return std::nullopt;
  }
  base::Bytes payload = part.data;
  if (!control_.empty()) {
    control_.append(part.data);
    payload = control_.bytes();
    control_seen_ = true;
  }
  if (part.opcode == WebSocketOpcode::kPing) return Ping{payload};
  if (part.opcode == WebSocketOpcode::kPong) return Pong{};
  return close_of(payload);
}

}  // namespace net

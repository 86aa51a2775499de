// What a client's octets mean by the rules of RFC 6455: messages, control frames, faults. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "net/byte_queue.h"
#include "net/utf8.h"
#include "net/websocket_frames.h"

namespace net {

// RFC 6455 §7.4.1 and the IANA registry. 4000 to 4999 are the application's.
enum class WebSocketCode : uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,
  kNone = 1005,      // never sent: a Close frame without a code
  kAbnormal = 1006,  // never sent: no Close frame came
  kInvalidPayload = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternalError = 1011,
  kServiceRestart = 1012,
  kTryAgainLater = 1013,
};

struct WebSocketLimits {
  size_t message_bytes = 64 * 1024;
  // Frames of one message.
  uint32_t fragments = 1024;
};

// One connection, from behind the handshake. A server's side: frames must be masked, no extension is known.
// Between messages it holds no memory of its own. Use from one thread at a time.
class WebSocketReceiver {
 public:
  // Views die at the next call to any receiver of the pool.
  struct Message {
    bool is_text;  // then valid UTF-8
    base::Bytes payload;
  };
  // A message that will be above the limit; the rest of it is dropped unread.
  struct TooLarge {
    uint64_t at_least_bytes;
  };
  struct Ping {
    base::Bytes payload;
  };
  struct Pong {};
  struct Close {
    WebSocketCode code;  // valid as RFC 6455 §7.4 says, or kNone
    std::string_view reason;
  };
  // The connection must fail with this (RFC 6455 §7.1.7). The receiver is of no use any more.
  struct Fault {
    WebSocketCode code;
    std::string_view reason;
  };
  using Event = std::variant<Message, TooLarge, Ping, Pong, Close, Fault>;

  WebSocketReceiver(WebSocketFramePool& pool, const WebSocketLimits& limits)
      : limits_(limits), reader_(pool) {}

  // Takes octets off the front of `unread` up to the end of the next event. nullopt: all are taken.
  [[nodiscard]] std::optional<Event> next(base::Bytes& unread);
  // Held of a message or frame that has not come whole.
  [[nodiscard]] size_t held_bytes() const {
    return message_.capacity() + control_.capacity() + reader_.held_bytes();
  }
  // What it holds is of interest to nobody any more.
  void forget() {
    message_ = ByteQueue();
    control_ = ByteQueue();
  }
  // Frames that have come whole; wraps round.
  [[nodiscard]] uint32_t frames() const { return frames_; }

 private:
  // What a part of a frame comes to; nullopt: nothing yet.
  std::optional<Event> take(const WebSocketFramePart& part);
  std::optional<Event> take_data(const WebSocketFramePart& part);
  std::optional<Event> take_control(const WebSocketFramePart& part);
  // A fault of the frame's header, seen with its first octet.
  [[nodiscard]] std::optional<Fault> fault_of(const WebSocketFramePart& part) const;
  [[nodiscard]] std::optional<Event> begin_fragment(const WebSocketFramePart& part);
  [[nodiscard]] Message end_message(base::Bytes last_part);

  const WebSocketLimits limits_;
  WebSocketFrameReader reader_;
  ByteQueue message_;  // what came of a message in several parts; of the last one, until the next call
  ByteQueue control_;  // the same of a control frame, which may come inside a message
  uint64_t message_bytes_ = 0;  // with the whole of the fragment that is being read
  uint32_t frames_ = 0;
  uint32_t fragments_ = 0;  // 0: between messages
  Utf8Validator utf8_;
  bool is_text_ = false;
  bool dropping_ = false;      // the message is above the limit
  bool message_seen_ = false;  // message_ holds what the caller has seen
  bool control_seen_ = false;
};

// May stand in a Close frame.
[[nodiscard]] bool is_valid_close_code(uint16_t code);

}  // namespace net

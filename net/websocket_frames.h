// WebSocket frames to and from octets (RFC 6455 §5.2). Pure; internal to net. wslay inside.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace net {

// On the wire: never renumber. RFC 6455 §11.8. Others are reserved.
enum class WebSocketOpcode : uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xa,
};
[[nodiscard]] constexpr bool is_control(WebSocketOpcode opcode) {
  return (static_cast<uint8_t>(opcode) & 0x8) != 0;
}

// The header of a server's frame.
struct WebSocketHeader {
  std::array<uint8_t, 10> octets;
  size_t size;

  [[nodiscard]] base::Bytes bytes() const { return base::Bytes(octets).first(size); }
};

// What the connections of one thread share of wslay. Its state of one half-read frame takes 4 KB, and between
// frames there is nothing in it: so it is lent to the reader that is inside a frame. Outlives its readers.
class WebSocketFramePool {
 public:
  WebSocketFramePool();
  ~WebSocketFramePool();
  WebSocketFramePool(const WebSocketFramePool&) = delete;
  WebSocketFramePool& operator=(const WebSocketFramePool&) = delete;

  // What goes before `payload` in a frame that is a whole message of a server, not masked. A control frame's
  // payload is at most 125 octets (RFC 6455 §5.5).
  [[nodiscard]] WebSocketHeader header_of(WebSocketOpcode opcode, base::Bytes payload);

 private:
  friend class WebSocketFrameReader;
  friend struct WslayCallbacks;
  struct Loan;
  struct Sender;

  std::vector<std::unique_ptr<Loan>> idle_;
  std::unique_ptr<Sender> sender_;
};

// Some or all of one frame's payload.
struct WebSocketFramePart {
  WebSocketOpcode opcode;
  bool fin;
  uint8_t reserved_bits;  // RSV1 to RSV3
  bool masked;
  uint64_t payload_bytes;  // of the whole frame
  base::Bytes data;        // unmasked; dies at the next call to any reader of the pool
  bool is_first;           // nothing of this frame came before
  bool is_last;            // nothing of it follows
};

// Reads one connection's frames. Holds no memory between frames. Use from one thread at a time.
class WebSocketFrameReader {
 public:
  // A length in more octets than it needs, or a control frame that is long or fragmented.
  struct Malformed {};

  explicit WebSocketFrameReader(WebSocketFramePool& pool);
  ~WebSocketFrameReader();
  WebSocketFrameReader(const WebSocketFrameReader&) = delete;
  WebSocketFrameReader& operator=(const WebSocketFrameReader&) = delete;

  // Of wslay's, inside a frame.
  [[nodiscard]] size_t held_bytes() const { return loan_ ? size_t{4096} : 0; }
  // Takes octets off the front of `unread`. nullopt: all are taken, and more are needed. After Malformed the
  // reader is of no use.
  [[nodiscard]] std::expected<std::optional<WebSocketFramePart>, Malformed> next(base::Bytes& unread);

 private:
  friend struct WslayCallbacks;  // what wslay calls

  static constexpr size_t kLongestHeader = 14;

  [[nodiscard]] bool collect_header(base::Bytes& unread);
  [[nodiscard]] size_t header_bytes() const;  // of what is known of it so far
  [[nodiscard]] bool is_masked() const { return (header_[1] & 0x80) != 0; }
  void begin_frame();
  void end_frame();
  // wslay reads through here; see the .cc for what changes on the way.
  size_t copy_for_wslay(base::MutableBytes into);
  void copy_unmasked(uint8_t* into, size_t bytes);

  WebSocketFramePool* pool_;
  std::unique_ptr<WebSocketFramePool::Loan> loan_;  // inside a frame
  base::Bytes unread_;                              // while next() runs
  uint64_t payload_bytes_ = 0;                      // of the frame
  uint64_t copied_bytes_ = 0;                       // of its payload, to wslay
  std::array<uint8_t, kLongestHeader> header_{};    // length, mask and key as they came
  uint8_t header_have_ = 0;
  bool header_due_ = false;  // wslay has not seen it yet
};

}  // namespace net

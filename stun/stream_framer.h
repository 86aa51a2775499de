// Where one message ends and the next begins on TCP and TLS (RFC 8489 §6.2.2, RFC 8656 §12.5).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.h"

namespace stun {

enum class FrameKind : uint8_t { kStun, kChannelData };

struct Frame {
  FrameKind kind;
  base::Bytes bytes;      // header and body, without padding; what a datagram would have held
  size_t consumed_bytes;  // bytes.size() plus padding: where the next frame starts
};

enum class FramingError : uint8_t { kOutOfSync };  // not a STUN or ChannelData header: close the connection

// The frame at the front of `stream`, nullopt if more octets are needed. Four octets decide the length of
// ChannelData, eight prove STUN's cookie. Sizes are computed in size_t (a 16-bit sum wraps at 0xFFEC).
[[nodiscard]] std::expected<std::optional<Frame>, FramingError> next_frame(base::Bytes stream);

// The largest frame a stream can carry: a receive buffer of this size never deadlocks.
inline constexpr size_t kLargestFrameBytes = 20 + 65535 + 3;

}  // namespace stun

#include "stun/stream_framer.h"

#include "stun/wire.h"

namespace stun {
namespace {

constexpr size_t kEnoughForCookie = 8;

std::optional<Frame> frame_if_whole(FrameKind kind, base::Bytes stream, size_t bytes, size_t consumed_bytes) {
  if (stream.size() < consumed_bytes) return std::nullopt;
  return Frame{kind, stream.first(bytes), consumed_bytes};
}

}  // namespace

std::expected<std::optional<Frame>, FramingError> next_frame(base::Bytes stream) {
  if (stream.empty()) return std::nullopt;
  const bool is_channel = stream[0] >= kMinChannelNumber >> 8 && stream[0] <= kMaxChannelNumber >> 8;
  if (stream[0] > 0x3f && !is_channel) return std::unexpected(FramingError::kOutOfSync);
  if (stream.size() < kChannelDataHeaderBytes) return std::nullopt;
  const size_t length = base::load_be16(stream.data() + 2);
  if (is_channel) {
    const size_t bytes = kChannelDataHeaderBytes + length;
    return frame_if_whole(FrameKind::kChannelData, stream, bytes, base::padded_to_4(bytes));
  }
  if (length % 4 != 0) return std::unexpected(FramingError::kOutOfSync);
  if (stream.size() < kEnoughForCookie) return std::nullopt;
  if (base::load_be32(stream.data() + 4) != kMagicCookie) return std::unexpected(FramingError::kOutOfSync);
  return frame_if_whole(FrameKind::kStun, stream, kHeaderBytes + length, kHeaderBytes + length);
}

}  // namespace stun

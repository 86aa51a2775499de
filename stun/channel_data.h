// One ChannelData message: a 4-byte header, then application data (RFC 8656 §12.4).
#pragma once

#include <cstdint>
#include <expected>

#include "base/bytes.h"
#include "stun/wire.h"

namespace stun {

struct ChannelData {
  ChannelNumber channel;
  base::Bytes data;  // a view into the parsed buffer
};

enum class ChannelDataError : uint8_t { kTruncated, kNotChannelData };

// Parses the ChannelData message at the front of `bytes`. Bytes after it (padding, §12.5) are ignored.
// kTruncated: the length field runs past `bytes`. kNotChannelData: the first two are no
// number of a channel.
// The result points into `bytes` and dies with it. Does not allocate.
[[nodiscard]] inline std::expected<ChannelData, ChannelDataError> parse_channel_data(base::Bytes bytes) {
  if (bytes.size() < kChannelDataHeaderBytes) return std::unexpected(ChannelDataError::kTruncated);
  const uint16_t channel = base::load_be16(bytes.data());
  const uint16_t length = base::load_be16(bytes.data() + 2);
  if (channel < kMinChannelNumber || channel > kMaxChannelNumber) {
    return std::unexpected(ChannelDataError::kNotChannelData);
  }
  const auto body = bytes.subspan(kChannelDataHeaderBytes);
  if (length > body.size()) return std::unexpected(ChannelDataError::kTruncated);
  return ChannelData{ChannelNumber{channel}, body.first(length)};
}

inline void write_channel_data_header(uint8_t* to, ChannelNumber channel, size_t data_bytes) {
  base::store_be16(to, static_cast<uint16_t>(channel));
  base::store_be16(to + 2, static_cast<uint16_t>(data_bytes));
}

}  // namespace stun

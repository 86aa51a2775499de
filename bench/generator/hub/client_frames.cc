#include "bench/generator/hub/client_frames.h"

#include <cstring>
#include <utility>

namespace bench::generator::hub {
namespace {

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kReservedBits = 0x70;
constexpr uint8_t kLengthIn16Bits = 126;
constexpr uint8_t kLengthIn64Bits = 127;
constexpr size_t kLongestHeader = 14;
// Above what any server here relays: a length beyond it is no length.
constexpr uint64_t kLongestFrame = 1 << 20;

size_t write_header(uint8_t* header, Opcode opcode, size_t payload_bytes, const MaskKey& key) {
  header[0] = kFin | static_cast<uint8_t>(opcode);
  size_t at = 2;
  if (payload_bytes < kLengthIn16Bits) {
    header[1] = static_cast<uint8_t>(kMasked | payload_bytes);
  } else if (payload_bytes <= UINT16_MAX) {
    header[1] = kMasked | kLengthIn16Bits;
    base::store_be16(header + at, static_cast<uint16_t>(payload_bytes));
    at += 2;
  } else {
    header[1] = kMasked | kLengthIn64Bits;
    base::store_be64(header + at, payload_bytes);
    at += 8;
  }
  std::memcpy(header + at, key.data(), key.size());
  return at + key.size();
}

void copy_masked(uint8_t* to, base::Bytes payload, const MaskKey& key) {
  const uint32_t once = base::load_be32(key.data());
  const uint64_t mask = uint64_t{once} << 32 | once;
  size_t at = 0;
  for (; at + sizeof mask <= payload.size(); at += sizeof mask)
    base::store_be64(to + at, base::load_be64(payload.data() + at) ^ mask);
  for (; at < payload.size(); ++at) to[at] = payload[at] ^ key[at % key.size()];
}

bool is_control(Opcode opcode) { return (static_cast<uint8_t>(opcode) & 0x8) != 0; }

}  // namespace

void append_frame(net::ByteQueue& to, Opcode opcode, base::Bytes payload, const MaskKey& key) {
  const auto room = to.room(kLongestHeader + payload.size());
  const size_t header = write_header(room.data(), opcode, payload.size(), key);
  copy_masked(room.data() + header, payload, key);
  to.commit(header + payload.size());
}

std::expected<std::optional<ServerFrames::Frame>, std::string_view> ServerFrames::next_frame(
    base::Bytes& unread) {
  if (unread.size() < 2) return std::nullopt;
  if ((unread[0] & kReservedBits) != 0) return std::unexpected("a frame with reserved bits");
  if ((unread[1] & kMasked) != 0) return std::unexpected("a masked frame of a server");
  uint64_t length = unread[1];
  size_t header = 2;
  if (length == kLengthIn16Bits) {
    header += 2;
    if (unread.size() < header) return std::nullopt;
    length = base::load_be16(unread.data() + 2);
  } else if (length == kLengthIn64Bits) {
    header += 8;
    if (unread.size() < header) return std::nullopt;
    length = base::load_be64(unread.data() + 2);
  }
  if (length > kLongestFrame) return std::unexpected("a frame of more than a megabyte");
  if (unread.size() - header < length) return std::nullopt;
  const Frame frame{static_cast<Opcode>(unread[0] & 0x0f), (unread[0] & kFin) != 0,
                    unread.subspan(header, length)};
  unread = unread.subspan(header + length);
  return frame;
}

std::expected<std::optional<ServerFrames::Message>, std::string_view> ServerFrames::next(
    base::Bytes& unread) {
  if (!under_way_) fragments_.clear();
  while (true) {
    const auto frame = next_frame(unread);
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) return std::nullopt;
    const auto& [opcode, fin, payload] = **frame;
    const auto text = base::as_text(payload);
    if (is_control(opcode)) return Message{opcode, text};
    if ((opcode == Opcode::kContinuation) != under_way_.has_value())
      return std::unexpected("a message inside another, or the end of none");
    if (fin && !under_way_) return Message{opcode, text};
    if (!under_way_) under_way_ = opcode;
    fragments_ += text;
    if (fragments_.size() > kLongestFrame) return std::unexpected("a message of more than a megabyte");
    if (fin) return Message{*std::exchange(under_way_, std::nullopt), fragments_};
  }
}

}  // namespace bench::generator::hub

#include "tests/net/websocket_frame.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace net {
namespace {

constexpr std::string_view kKey = "\x37\xfa\x21\x3d";  // that of RFC 6455 §5.7

template <typename Word>
std::string big_endian(Word word) {
  std::string octets(sizeof word, '\0');
  base::store_be(reinterpret_cast<uint8_t*>(octets.data()), word);
  return octets;
}

std::string length_octets(size_t bytes, uint8_t mask_bit) {
  if (bytes < 126) return {static_cast<char>(mask_bit | bytes)};
  if (bytes < 65536) return static_cast<char>(mask_bit | 126) + big_endian(static_cast<uint16_t>(bytes));
  return static_cast<char>(mask_bit | 127) + big_endian(static_cast<uint64_t>(bytes));
}

struct Extent {
  size_t header;
  size_t payload;
};
// As far as is known from `octets`.
Extent frame_extent(std::string_view octets) {
  const auto* const at = reinterpret_cast<const uint8_t*>(octets.data());
  if (octets.size() < 2) return {2, 0};
  if (at[1] < 126) return {2, at[1]};
  const size_t header = at[1] == 126 ? 4 : 10;
  if (octets.size() < header) return {header, 0};
  return {header, header == 4 ? base::load_be16(at + 2) : base::load_be64(at + 2)};
}

std::string describe(uint8_t opcode, std::string_view payload) {
  constexpr std::array<std::string_view, 11> kNames = {"", "text ", "binary ", "",      "",     "",
                                                       "", "",      "",        "ping ", "pong "};
  if (opcode != kClose) return std::string(kNames.at(opcode)).append(payload);
  if (payload.size() < 2) return "close";
  const auto code = base::load_be16(reinterpret_cast<const uint8_t*>(payload.data()));
  const std::string reason(payload.substr(2));
  return "close " + std::to_string(code) + (reason.empty() ? "" : " " + reason);
}

}  // namespace

std::string to_octets(const ClientFrame& frame) {
  std::string octets;
  octets += static_cast<char>((frame.fin ? 0x80 : 0) | frame.rsv << 4 | frame.opcode);
  octets += length_octets(frame.payload.size(), frame.masked ? 0x80 : 0);
  if (!frame.masked) return octets + frame.payload;
  octets += kKey;
  for (size_t i = 0; i < frame.payload.size(); ++i) octets += frame.payload[i] ^ kKey[i % 4];
  return octets;
}

std::string close_payload(uint16_t code, std::string_view reason) { return big_endian(code).append(reason); }

size_t missing_octets(std::string_view octets) {
  const auto needed = frame_extent(octets);
  return needed.header + needed.payload - std::min(needed.header + needed.payload, octets.size());
}

std::string take_server_frame(std::string& octets) {
  const auto* const at = reinterpret_cast<const uint8_t*>(octets.data());
  if (octets.size() < 2) return {};
  const uint8_t opcode = at[0] & 0x0f;
  if ((at[0] & 0xf0) != 0x80) return "wrong: a fragment or a reserved bit";
  if (opcode != kText && opcode != kBinary && (opcode < kClose || opcode > kPong)) return "wrong: opcode";
  if ((at[1] & 0x80) != 0) return "wrong: a server's frame is masked";
  if (missing_octets(octets) > 0) return {};
  const auto [header, bytes] = frame_extent(octets);
  const auto event = describe(opcode, std::string_view(octets).substr(header, bytes));
  octets.erase(0, header + bytes);
  return event;
}

}  // namespace net

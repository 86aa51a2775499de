#include "signaling/peer_name.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "signaling/fingerprint.h"

namespace signaling {
namespace {

// The code point at the front of `text`, which is shortened by it. nullopt: not UTF-8 (RFC 3629).
std::optional<uint32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t length = first < 0x80       ? 1
                        : first >> 5 == 6  ? 2
                        : first >> 4 == 14 ? 3
                        : first >> 3 == 30 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return std::nullopt;
  uint32_t point = length == 1 ? first : first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto octet = static_cast<uint8_t>(text[i]);
    if (octet >> 6 != 2) return std::nullopt;
    point = point << 6 | (octet & 63);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < kLeast[length] || point > 0x10ffff || surrogate) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

struct Range {
  uint32_t first, last;
};
// Unicode's categories Cc, Cf, Zl, Zp, spaces that look like others, fillers, variation selectors, private
// use and noncharacters: what cannot be seen, or seen to differ.
constexpr Range kUnfit[] = {{0x00, 0x1f},       {0x7f, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},
                            {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
                            {0x890, 0x891},     {0x8e2, 0x8e2},     {0x115f, 0x1160},   {0x1680, 0x1680},
                            {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x2000, 0x200f},   {0x2028, 0x202f},
                            {0x205f, 0x206f},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
                            {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
                            {0xffa0, 0xffa0},   {0xfff0, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
                            {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};

bool is_fit(uint32_t point) {
  for (const auto& range : kUnfit) {
    if (point >= range.first && point <= range.last) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::unexpected<Refusal> refuse(std::string_view field, std::string_view cure) {
  return std::unexpected(Refusal{400, std::string(field) + " " + std::string(cure)});
}

}  // namespace

std::expected<std::string, Refusal> check_name(std::string_view field, std::string_view name) {
  const auto kept = trimmed(name);
  if (kept.empty()) return refuse(field, "is empty; give one of 1 to 64 bytes");
  if (kept.size() > kMaxNameBytes) return refuse(field, "is too long; keep it within 64 bytes");
  for (auto left = kept; !left.empty();) {
    const auto point = take_code_point(left);
    if (!point) return refuse(field, "is not UTF-8");
    if (!is_fit(*point)) return refuse(field, "has control or invisible characters; leave them out");
  }
  if (canonical_fingerprint(kept)) return refuse(field, "looks like a fingerprint; choose another");
  return std::string(kept);
}

std::expected<std::string, Refusal> check_kind(std::string_view kind) {
  if (trimmed(kind).empty()) return std::string();
  return check_name("kind", kind);
}

}  // namespace signaling

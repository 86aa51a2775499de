// What a STUN message holds, worked out as plainly as possible: the second opinion that Message::parse is
// held to.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace stun::test {

struct ReferenceAttribute {
  unsigned type;
  size_t offset;
  std::vector<uint8_t> value;
};

// Every attribute that counts, in order; nullopt if `bytes` is not exactly one well-formed message of at
// most 32.
inline std::optional<std::vector<ReferenceAttribute>> reference_parse(base::Bytes bytes) {
  const std::vector<uint8_t> m(bytes.begin(), bytes.end());
  const auto number = [&](size_t at) { return m.at(at) * 256u + m.at(at + 1); };
  if (m.size() < 20 || m[0] >= 64) return std::nullopt;
  if (m[4] != 0x21 || m[5] != 0x12 || m[6] != 0xa4 || m[7] != 0x42) return std::nullopt;
  if (number(2) % 4 != 0 || number(2) + 20 != m.size()) return std::nullopt;
  std::vector<ReferenceAttribute> all;
  for (size_t at = 20; at != m.size();) {
    const size_t length = number(at + 2);
    if (at + 4 + length > m.size()) return std::nullopt;
    all.push_back({number(at), at, {m.begin() + at + 4, m.begin() + at + 4 + length}});
    at += 4 + length;
    while (at % 4 != 0) ++at;
  }
  if (all.size() > 32) return std::nullopt;
  std::vector<ReferenceAttribute> counting;
  bool after_sha1 = false, after_sha256 = false;
  for (const auto& attribute : all) {
    bool counts = true;
    if (after_sha1) counts = attribute.type == 0x001c || attribute.type == 0x8028;
    if (after_sha256) counts = attribute.type == 0x8028;
    if (counts) counting.push_back(attribute);
    if (attribute.type == 0x0008) after_sha1 = true;
    if (attribute.type == 0x001c) after_sha256 = true;
  }
  return counting;
}

}  // namespace stun::test

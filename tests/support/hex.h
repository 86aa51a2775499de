// Octets as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace support {

inline std::string to_hex(base::Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : bytes) text.append({kDigits[octet >> 4], kDigits[octet & 15]});
  return text;
}

// Ignores everything but hexadecimal digits, so that dumps may be spaced as in the RFC.
inline std::vector<uint8_t> from_hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::vector<uint8_t> bytes;
  bool low = false;
  for (const char c : text) {
    const auto digit = kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (digit == std::string_view::npos) continue;
    if (low) {
      bytes.back() = static_cast<uint8_t>(bytes.back() << 4 | digit);
    } else {
      bytes.push_back(static_cast<uint8_t>(digit));
    }
    low = !low;
  }
  return bytes;
}

inline std::vector<uint8_t> octets(std::string_view text) { return {text.begin(), text.end()}; }
inline std::vector<uint8_t> copy_of(base::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace support

#include "signaling/hex_pairs.h"

namespace signaling {
namespace {

// The digit in upper case; NUL if it is none.
char upper_digit(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F')) return c;
  return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : '\0';
}

}  // namespace

std::optional<std::string> compact_hex(std::string_view text) {
  const bool colons = text.size() > 2 && text[2] == ':';
  const size_t step = colons ? 3 : 2;
  if (text.empty() || (text.size() + (colons ? 1 : 0)) % step != 0) return std::nullopt;
  std::string digits;
  digits.reserve(text.size());
  for (size_t at = 0; at < text.size(); at += step) {
    if (at > 0 && colons && text[at - 1] != ':') return std::nullopt;
    for (size_t i = at; i < at + 2; ++i) {
      const char digit = upper_digit(text[i]);
      if (digit == '\0') return std::nullopt;
      digits += digit;
    }
  }
  return digits;
}

}  // namespace signaling

#include "signaling/token.h"

#include <openssl/sha.h>

#include <algorithm>

namespace signaling {
namespace {

constexpr std::string_view kPrefix = "ibx_";
constexpr size_t kRandomBytes = 32;
constexpr size_t kEncodedChars = 43;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

TokenHash hash_of(std::string_view text) {
  TokenHash hash;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hash.data());
  return hash;
}

std::string encode(const std::array<uint8_t, kRandomBytes>& octets) {
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const uint8_t octet : octets) {
    bits = bits << 8 | octet;
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> (held - 6) & 63];
  }
  text += kAlphabet[bits << (6 - held) & 63];
  return text;
}

}  // namespace

Token make_token(base::RandomSource& random) {
  std::array<uint8_t, kRandomBytes> octets;
  random.fill(octets);
  auto text = std::string(kPrefix) + encode(octets);
  const auto hash = hash_of(text);
  return {std::move(text), hash};
}

std::optional<TokenHash> hash_token(std::string_view text) {
  if (text.size() != kPrefix.size() + kEncodedChars || !text.starts_with(kPrefix)) return std::nullopt;
  const auto encoded = text.substr(kPrefix.size());
  if (encoded.find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;
  // 43 characters hold 258 bits: the last two are no part of the token and are zero.
  if ((kAlphabet.find(encoded.back()) & 3) != 0) return std::nullopt;
  return hash_of(text);
}

}  // namespace signaling

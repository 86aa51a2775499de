#include "stun/nonce.h"

#include <algorithm>
#include <optional>

namespace stun {
namespace {

constexpr std::string_view kCookiePrefix = "obMatJos2";
constexpr size_t kCookieBytes = kCookiePrefix.size() + 4;
constexpr size_t kSaltAt = kCookieBytes + 8;
constexpr size_t kAuthenticatorAt = kSaltAt + 8;
constexpr std::chrono::seconds kClockSkew{60};  // between instances that share a key

// RFC 8489 §18.1 counts from the most significant bit, but its vector in B.1 ("AAAC" for USERHASH) and
// libjuice count from the least. The bits at both ends serve both readings: no other feature is assigned.
constexpr uint32_t kPasswordAlgorithmsBits = 0x800001;
constexpr uint32_t kUsernameAnonymityBits = 0x400002;

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexadecimal = "0123456789abcdef";

template <typename Word>
void write_hex(char* to, Word word) {
  for (size_t i = 2 * sizeof(Word); i-- > 0; word = static_cast<Word>(word >> 4))
    to[i] = kHexadecimal[word & 0xf];
}

// Lower case only: a nonce has one spelling.
template <typename Word>
std::optional<Word> read_hex(std::string_view text) {
  Word word = 0;
  for (const char c : text.substr(0, 2 * sizeof(Word))) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
    word = word << 4 | static_cast<Word>(decimal ? c - '0' : c - 'a' + 10);
  }
  return word;
}

uint32_t wire_seconds(base::WallTime time) { return static_cast<uint32_t>(time.time_since_epoch().count()); }

}  // namespace

SecurityFeatures features_of(std::string_view nonce) {
  if (!nonce.starts_with(kCookiePrefix) || nonce.size() < kCookieBytes) return {};
  uint32_t bits = 0;
  for (const char c : nonce.substr(kCookiePrefix.size(), 4)) {
    const size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<uint32_t>(digit);
  }
  return {(bits & kPasswordAlgorithmsBits) != 0, (bits & kUsernameAnonymityBits) != 0};
}

uint32_t issued_at(std::string_view nonce) {
  return nonce.size() == kNonceBytes ? read_hex<uint32_t>(nonce.substr(kCookieBytes)).value_or(0) : 0;
}

Nonce NonceKey::make(base::WallTime now, const base::IpAddress& client, SecurityFeatures features,
                     uint32_t salt) const {
  const uint32_t bits = (features.password_algorithms ? kPasswordAlgorithmsBits : 0) |
                        (features.username_anonymity ? kUsernameAnonymityBits : 0);
  const uint32_t issued_at = wire_seconds(now);
  Nonce nonce;
  std::ranges::copy(kCookiePrefix, nonce.begin());
  for (size_t i = 0; i < 4; ++i) nonce[kCookiePrefix.size() + i] = kBase64[bits >> (18 - 6 * i) & 0x3f];
  write_hex(nonce.data() + kCookieBytes, issued_at);
  write_hex(nonce.data() + kSaltAt, salt);
  write_hex(nonce.data() + kAuthenticatorAt,
            authenticator({nonce.data(), kCookieBytes}, issued_at, salt, client));
  return nonce;
}

NonceVerdict NonceKey::check(base::WallTime now, const base::IpAddress& client,
                             std::string_view nonce) const {
  if (nonce.size() != kNonceBytes) return NonceVerdict::kForged;
  const auto issued_at = read_hex<uint32_t>(nonce.substr(kCookieBytes));
  const auto salt = read_hex<uint32_t>(nonce.substr(kSaltAt));
  const auto received = read_hex<uint64_t>(nonce.substr(kAuthenticatorAt));
  if (!issued_at || !salt || !received) return NonceVerdict::kForged;
  // Two words compare in one instruction: its time does not depend on where they differ.
  if (authenticator(nonce.substr(0, kCookieBytes), *issued_at, *salt, client) != *received) {
    return NonceVerdict::kForged;
  }
  // The difference of 32-bit seconds stays right when the count wraps in 2106.
  const std::chrono::seconds age{static_cast<int32_t>(wire_seconds(now) - *issued_at)};
  return age > lifetime_ || age < -kClockSkew ? NonceVerdict::kStale : NonceVerdict::kFresh;
}

uint64_t NonceKey::authenticator(std::string_view cookie, uint32_t issued_at, uint32_t salt,
                                 const base::IpAddress& client) const {
  const base::IpAddress ip = client.unmapped();
  std::array<uint8_t, kCookieBytes + 4 + 4 + 1 + 8> input;
  uint8_t* to = std::ranges::copy(cookie, input.begin()).out;
  base::store_be32(to, issued_at);
  base::store_be32(to + 4, salt);
  to[8] = static_cast<uint8_t>(ip.family);
  base::store_be64(to + 9, ip.is_v4() ? ip.lo : ip.hi);
  return base::siphash(key_, input);
}

}  // namespace stun

#include "signaling/one_time_password.h"

#include <liboath/oath.h>

#include "base/bytes.h"

namespace signaling {
namespace {

constexpr unsigned kDigits = 6;
constexpr OtpStep kWindowSteps = 1;

using Password = std::array<char, kDigits + 1>;  // with the NUL that liboath writes

std::optional<Password> password_of(const OtpSecret& secret, OtpStep step) {
  Password password{};
  const int code = oath_hotp_generate(reinterpret_cast<const char*>(secret.data()), secret.size(),
                                      static_cast<uint64_t>(step), kDigits, /*add_checksum=*/false,
                                      OATH_HOTP_DYNAMIC_TRUNCATION, password.data());
  return code == OATH_OK ? std::optional(password) : std::nullopt;
}

// RFC 3986 §2.3.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += kHex[static_cast<uint8_t>(c) >> 4];
    encoded += kHex[static_cast<uint8_t>(c) & 15];
  }
  return encoded;
}

}  // namespace

OtpSecret make_otp_secret(base::RandomSource& random) {
  OtpSecret secret;
  random.fill(secret);
  return secret;
}

std::optional<OtpStep> check_otp(const OtpSecret& secret, std::string_view password, base::WallTime now,
                                 std::optional<OtpStep> last_used) {
  if (password.size() != kDigits) return std::nullopt;
  const OtpStep current = now.time_since_epoch().count() / kOtpStepSeconds;
  std::optional<OtpStep> matching;
  for (OtpStep step = current - kWindowSteps; step <= current + kWindowSteps;
       ++step) {  // all, whatever is found
    const auto expected = password_of(secret, step);
    if (!expected) return std::nullopt;
    const bool equal =
        base::equal_in_constant_time(base::as_bytes({expected->data(), kDigits}), base::as_bytes(password));
    if (equal && step > last_used.value_or(-1)) matching = step;
  }
  return matching;
}

std::string otp_uri(const OtpSecret& secret, std::string_view issuer, std::string_view account) {
  const auto escaped_issuer = percent_encoded(issuer);
  return "otpauth://totp/" + escaped_issuer + ":" + percent_encoded(account) +
         "?secret=" + otp_secret_text(secret) + "&issuer=" + escaped_issuer +
         "&algorithm=SHA1&digits=6&period=30";
}

std::string otp_secret_text(const OtpSecret& secret) {
  constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";  // RFC 4648 §6
  static_assert(std::tuple_size_v<OtpSecret> % 5 == 0, "no padding");
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const uint8_t octet : secret) {
    bits = bits << 8 | octet;
    for (held += 8; held >= 5; held -= 5) text += kBase32[bits >> (held - 5) & 31];
  }
  return text;
}

}  // namespace signaling

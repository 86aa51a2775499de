#include "stun/rest_credential.h"

#include <openssl/evp.h>

#include <algorithm>

#include "stun/integrity.h"

namespace stun {
namespace {

constexpr size_t kMostExpiryDigits = 11;  // until the year 5138: room to spare and no overflow

std::string base64(base::Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends its text with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

}  // namespace

std::optional<RestUsername> parse_rest_username(std::string_view username) {
  const size_t colon = std::min(username.find(':'), username.size());
  const std::string_view digits = username.substr(0, colon);
  if (digits.empty() || digits.size() > kMostExpiryDigits) return std::nullopt;
  int64_t seconds = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = 10 * seconds + (c - '0');
  }
  const std::string_view user = colon < username.size() ? username.substr(colon + 1) : std::string_view{};
  return RestUsername{base::WallTime{std::chrono::seconds{seconds}}, user};
}

std::string rest_password(std::string_view secret, std::string_view username, RestHash hash) {
  const auto key = base::as_bytes(secret);
  const auto text = base::as_bytes(username);
  return hash == RestHash::kSha1 ? base64(hmac_sha1(key, text)) : base64(hmac_sha256(key, text));
}

std::string rest_username(base::WallTime expires_at, std::string_view user) {
  auto text = std::to_string(expires_at.time_since_epoch().count());
  if (!user.empty()) text.append(":").append(user);
  return text;
}

}  // namespace stun

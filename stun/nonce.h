// Stateless nonces: the server remembers nothing about who it challenged (RFC 8489 §9.2, §9.2.1).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/random.h"
#include "base/siphash.h"
#include "base/time.h"

namespace stun {

// The 24 security feature bits of the nonce cookie (RFC 8489 §18.1). Written at both ends of the field, and
// read at either: the RFC's text and its test vector count them from different sides.
struct SecurityFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;
  bool operator==(const SecurityFeatures&) const = default;
};

// "obMatJos2" + 4 base64 characters of features + time, random part and authenticator in hexadecimal. The
// authenticator is keyed and covers the source IP (its /64 for IPv6) but not the port: a carrier NAT that
// remaps between two Allocates would turn into a 438, which is final for browsers.
inline constexpr size_t kNonceBytes = 13 + 8 + 8 + 16;
using Nonce = std::array<char, kNonceBytes>;

enum class NonceVerdict : uint8_t { kFresh, kStale, kForged };

// Thread-compatible value; every worker holds a copy. The key outlives restarts (app/ keeps it in the data
// directory), so a client that was challenged before a restart is let in after it.
class NonceKey {
 public:
  NonceKey(const base::SipHashKey& key, std::chrono::seconds lifetime) : key_(key), lifetime_(lifetime) {}

  // `salt` makes two nonces for one address in one second differ; it need not be secret.
  [[nodiscard]] Nonce make(base::WallTime now, const base::IpAddress& client, SecurityFeatures features,
                           uint32_t salt) const;
  // kStale: ours, but older than the lifetime (or from the future by more than a minute). kForged: anything
  // else.
  [[nodiscard]] NonceVerdict check(base::WallTime now, const base::IpAddress& client,
                                   std::string_view nonce) const;

 private:
  [[nodiscard]] uint64_t authenticator(std::string_view cookie, uint32_t issued_at, uint32_t salt,
                                       const base::IpAddress& client) const;

  base::SipHashKey key_;
  std::chrono::seconds lifetime_;
};

// When a nonce of ours was made: seconds since 1970, which wrap in 2106. 0 for what cannot be one.
[[nodiscard]] uint32_t issued_at(std::string_view nonce);

// The features that a nonce's cookie announces; none if it has no cookie (§9.2.1).
[[nodiscard]] SecurityFeatures features_of(std::string_view nonce);

}  // namespace stun

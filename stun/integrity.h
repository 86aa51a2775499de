// MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 §14.5 to §14.7). No allocation per
// call beyond what OpenSSL keeps per thread. Safe from any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "stun/message.h"

namespace stun {

using Sha1Digest = std::array<uint8_t, 20>;
using Sha256Digest = std::array<uint8_t, 32>;
using Md5Digest = std::array<uint8_t, 16>;

[[nodiscard]] Sha1Digest hmac_sha1(base::Bytes key, base::Bytes first, base::Bytes second = {});
[[nodiscard]] Sha256Digest hmac_sha256(base::Bytes key, base::Bytes first, base::Bytes second = {});
[[nodiscard]] Md5Digest md5(base::Bytes input);
[[nodiscard]] Sha256Digest sha256(base::Bytes input);
[[nodiscard]] uint32_t crc32(base::Bytes input);  // ITU V.42, as in FINGERPRINT

enum class Check : uint8_t { kAbsent, kWrong, kRight };

// Recomputes the attribute over `message` with the length field as the sender had it; compares in constant
// time.
[[nodiscard]] Check check_message_integrity(const Message& message, base::Bytes key);
// TURN takes the full 32 octets only (truncation needs a usage that allows it, §14.6).
[[nodiscard]] Check check_message_integrity_sha256(const Message& message, base::Bytes key);
[[nodiscard]] Check check_fingerprint(const Message& message);

}  // namespace stun

#include "stun/integrity.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <bit>
#include <cstring>

// OpenSSL's low-level digests, deprecated since 3.0, on purpose: a hash state is a plain struct on the stack,
// so that nothing is fetched, locked or allocated per message. HMAC-SHA1 of 120 octets took half the time of
// EVP_MAC with everything fetched beforehand, and a fifth of HMAC(), which fetches (OpenSSL 3.0; see
// bench/stun_bench.cc).
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace stun {
namespace {

struct Sha1 {
  using State = SHA_CTX;
  using Digest = Sha1Digest;
  static void init(State& state) { SHA1_Init(&state); }
  static void update(State& state, base::Bytes bytes) { SHA1_Update(&state, bytes.data(), bytes.size()); }
  static void finish(State& state, Digest& digest) { SHA1_Final(digest.data(), &state); }
};

struct Sha256 {
  using State = SHA256_CTX;
  using Digest = Sha256Digest;
  static void init(State& state) { SHA256_Init(&state); }
  static void update(State& state, base::Bytes bytes) { SHA256_Update(&state, bytes.data(), bytes.size()); }
  static void finish(State& state, Digest& digest) { SHA256_Final(digest.data(), &state); }
};

template <typename Hash>
typename Hash::Digest digest_of(base::Bytes first, base::Bytes second = {}) {
  typename Hash::State state;
  typename Hash::Digest digest;
  Hash::init(state);
  Hash::update(state, first);
  Hash::update(state, second);
  Hash::finish(state, digest);
  return digest;
}

// RFC 2104. Both hashes work on blocks of 64 octets.
template <typename Hash>
typename Hash::Digest hmac(base::Bytes key, base::Bytes first, base::Bytes second) {
  constexpr size_t kBlockBytes = 64;
  std::array<uint8_t, kBlockBytes> block{};
  if (key.size() > kBlockBytes) {
    const auto short_key = digest_of<Hash>(key);
    std::memcpy(block.data(), short_key.data(), short_key.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  for (uint8_t& octet : block) octet ^= 0x36;
  typename Hash::State inner;
  typename Hash::Digest digest;
  Hash::init(inner);
  Hash::update(inner, block);
  Hash::update(inner, first);
  Hash::update(inner, second);
  Hash::finish(inner, digest);
  for (uint8_t& octet : block) octet ^= 0x36 ^ 0x5c;
  return digest_of<Hash>(block, digest);
}

// Slicing by eight: kCrcTables[n][octet] advances the remainder past that octet and n zero octets.
constexpr auto kCrcTables = [] {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t octet = 0; octet < 256; ++octet) {
    uint32_t remainder = octet;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ (remainder & 1 ? 0xedb88320 : 0);
    tables[0][octet] = remainder;
  }
  for (size_t n = 1; n < 8; ++n) {
    for (size_t octet = 0; octet < 256; ++octet) {
      const uint32_t before = tables[n - 1][octet];
      tables[n][octet] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();
static_assert(kCrcTables[0][1] == 0x77073096);

// Continues a CRC-32 whose remainder, not yet inverted, is `crc`.
uint32_t advance_crc32(uint32_t crc, base::Bytes input) {
  const uint8_t* at = input.data();
  size_t left = input.size();
  for (; left >= 8; left -= 8, at += 8) {
    const uint32_t low = crc ^ std::byteswap(base::load_be32(at));
    crc = kCrcTables[7][low & 0xff] ^ kCrcTables[6][low >> 8 & 0xff] ^ kCrcTables[5][low >> 16 & 0xff] ^
          kCrcTables[4][low >> 24] ^ kCrcTables[3][at[4]] ^ kCrcTables[2][at[5]] ^ kCrcTables[1][at[6]] ^
          kCrcTables[0][at[7]];
  }
  for (; left > 0; --left, ++at) crc = crc >> 8 ^ kCrcTables[0][(crc ^ *at) & 0xff];
  return crc;
}

// The header as it was when `attribute`, with `value_bytes` of value, was the last of its message.
std::array<uint8_t, kHeaderBytes> header_up_to(const Message& message, const Attribute& attribute,
                                               size_t value_bytes) {
  std::array<uint8_t, kHeaderBytes> header;
  std::memcpy(header.data(), message.bytes().data(), kHeaderBytes);
  const size_t length = attribute.offset + kAttributeHeaderBytes + value_bytes - kHeaderBytes;
  base::store_be16(header.data() + 2, static_cast<uint16_t>(length));
  return header;
}

template <typename Hash>
Check check_hmac(const Message& message, AttributeType type, base::Bytes key) {
  const Attribute* attribute = message.find(type);
  if (attribute == nullptr) return Check::kAbsent;
  constexpr size_t kDigestBytes = std::tuple_size_v<typename Hash::Digest>;
  if (attribute->value.size() != kDigestBytes) return Check::kWrong;
  const auto header = header_up_to(message, *attribute, kDigestBytes);
  const auto body = message.bytes().first(attribute->offset).subspan(kHeaderBytes);
  const auto expected = hmac<Hash>(key, header, body);
  return base::equal_in_constant_time(expected, attribute->value) ? Check::kRight : Check::kWrong;
}

}  // namespace

Sha1Digest hmac_sha1(base::Bytes key, base::Bytes first, base::Bytes second) {
  return hmac<Sha1>(key, first, second);
}

Sha256Digest hmac_sha256(base::Bytes key, base::Bytes first, base::Bytes second) {
  return hmac<Sha256>(key, first, second);
}

Md5Digest md5(base::Bytes input) {
  MD5_CTX state;
  Md5Digest digest;
  MD5_Init(&state);
  MD5_Update(&state, input.data(), input.size());
  MD5_Final(digest.data(), &state);
  return digest;
}

Sha256Digest sha256(base::Bytes input) { return digest_of<Sha256>(input); }

uint32_t crc32(base::Bytes input) { return ~advance_crc32(~uint32_t{0}, input); }

Check check_message_integrity(const Message& message, base::Bytes key) {
  return check_hmac<Sha1>(message, AttributeType::kMessageIntegrity, key);
}

Check check_message_integrity_sha256(const Message& message, base::Bytes key) {
  return check_hmac<Sha256>(message, AttributeType::kMessageIntegritySha256, key);
}

Check check_fingerprint(const Message& message) {
  const Attribute* attribute = message.find(AttributeType::kFingerprint);
  if (attribute == nullptr) return Check::kAbsent;
  // Last of all (§14.7), so the length field stands as the sender had it when computing.
  const bool last = attribute->offset + kAttributeHeaderBytes + 4 == message.bytes().size();
  if (!last || attribute->value.size() != 4) return Check::kWrong;
  const uint32_t expected = crc32(message.bytes().first(attribute->offset)) ^ kFingerprintXor;
  return base::load_be32(attribute->value.data()) == expected ? Check::kRight : Check::kWrong;
}

}  // namespace stun

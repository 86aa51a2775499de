// Views over octets and big-endian loads and stores. Nothing here allocates; everything is safe from any
// thread.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace base {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

// Loads sizeof(Word) octets at `from`, in network byte order. The caller has checked that they are there.
template <std::unsigned_integral Word>
[[nodiscard]] inline Word load_be(const uint8_t* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);  // alignment is the peer's choice, not ours
  return std::endian::native == std::endian::big ? word : std::byteswap(word);
}

template <std::unsigned_integral Word>
inline void store_be(uint8_t* to, Word word) {
  if constexpr (std::endian::native != std::endian::big) word = std::byteswap(word);
  std::memcpy(to, &word, sizeof word);
}

[[nodiscard]] inline uint16_t load_be16(const uint8_t* from) { return load_be<uint16_t>(from); }
[[nodiscard]] inline uint32_t load_be32(const uint8_t* from) { return load_be<uint32_t>(from); }
[[nodiscard]] inline uint64_t load_be64(const uint8_t* from) { return load_be<uint64_t>(from); }
inline void store_be16(uint8_t* to, uint16_t word) { store_be(to, word); }
inline void store_be32(uint8_t* to, uint32_t word) { store_be(to, word); }
inline void store_be64(uint8_t* to, uint64_t word) { store_be(to, word); }

// The next multiple of four: STUN attributes and ChannelData over streams are padded to it.
[[nodiscard]] constexpr size_t padded_to_4(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Compares without a branch on the content, so that timing tells nothing about where two secrets differ.
[[nodiscard]] inline bool equal_in_constant_time(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  uint64_t difference = 0;
  size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) difference |= load_be64(a.data() + at) ^ load_be64(b.data() + at);
  for (; at < a.size(); ++at) difference |= static_cast<uint64_t>(a[at] ^ b[at]);
  return difference == 0;
}

}  // namespace base

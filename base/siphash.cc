#include "base/siphash.h"

#include <bit>

namespace base {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13);
    v1 ^= v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16);
    v3 ^= v2;
    v0 += v3;
    v3 = std::rotl(v3, 21);
    v3 ^= v0;
    v2 += v1;
    v1 = std::rotl(v1, 17);
    v1 ^= v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

uint64_t load_le64(const uint8_t* from) { return std::byteswap(load_be64(from)); }

// The last zero to seven octets.
uint64_t load_le_tail(const uint8_t* from, size_t octets) {
  uint64_t word = 0;
  for (size_t i = 0; i < octets; ++i) word |= uint64_t{from[i]} << (8 * i);
  return word;
}

}  // namespace

uint64_t siphash(const SipHashKey& key, Bytes input) {
  State state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
              key[1] ^ 0x7465646279746573};
  const size_t whole = input.size() / 8 * 8;
  for (size_t at = 0; at < whole; at += 8) state.absorb(load_le64(input.data() + at));
  state.absorb(load_le_tail(input.data() + whole, input.size() - whole) | uint64_t{input.size() & 0xff}
                                                                              << 56);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace base

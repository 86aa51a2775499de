#include "base/siphash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace base {
namespace {

// Key 00 01 .. 0f, input 00 01 .. (length - 1): the table of the reference implementation, and the value for
// fifteen octets that the paper works through in its appendix A. Digests as eight octets, little end first.
struct SipHashVector {
  size_t input_bytes;
  uint64_t octets_of_digest;
};

class SipHashTest : public testing::TestWithParam<SipHashVector> {};

constexpr SipHashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::array<uint8_t, 64> counting_input() {
  std::array<uint8_t, 64> input;
  std::iota(input.begin(), input.end(), uint8_t{0});
  return input;
}

TEST_P(SipHashTest, GivesThePublishedDigest) {
  const auto input = counting_input();
  std::array<uint8_t, 8> digest;
  store_be64(digest.data(), std::byteswap(siphash(kKey, Bytes(input).first(GetParam().input_bytes))));
  EXPECT_EQ(load_be64(digest.data()), GetParam().octets_of_digest);
}

INSTANTIATE_TEST_SUITE_P(
    ReferenceTable, SipHashTest,
    testing::Values(SipHashVector{0, 0x310e0edd47db6f72}, SipHashVector{1, 0xfd67dc93c539f874},
                    SipHashVector{2, 0x5a4fa9d909806c0d}, SipHashVector{3, 0x2d7efbd796666785},
                    SipHashVector{4, 0xb7877127e09427cf}, SipHashVector{5, 0x8da699cd64557618},
                    SipHashVector{6, 0xcee3fe586e46c9cb}, SipHashVector{7, 0x37d1018bf50002ab},
                    SipHashVector{8, 0x6224939a79f5f593}, SipHashVector{9, 0xb0e4a90bdf82009e},
                    SipHashVector{10, 0xf3b9dd94c5bb5d7a}, SipHashVector{11, 0xa7ad6b22462fb3f4},
                    SipHashVector{12, 0xfbe50e86bc8f1e75}, SipHashVector{13, 0x903d84c02756ea14},
                    SipHashVector{14, 0xeef27a8e90ca23f7}, SipHashVector{15, 0xe545be4961ca29a1},
                    SipHashVector{63, 0x724506eb4c328a95}));

TEST(SipHashPropertyTest, EveryKeyBitAndEveryInputBitMatters) {
  const auto input = counting_input();
  std::set<uint64_t> digests{siphash(kKey, input)};
  for (size_t bit = 0; bit < 128; ++bit) {
    SipHashKey key = kKey;
    key[bit / 64] ^= uint64_t{1} << bit % 64;
    EXPECT_TRUE(digests.insert(siphash(key, input)).second);
  }
  for (size_t bit = 0; bit < 8 * input.size(); ++bit) {
    auto other = input;
    other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    EXPECT_TRUE(digests.insert(siphash(kKey, other)).second);
  }
}

TEST(SipHashPropertyTest, ATrailingZeroChangesTheDigest) {
  const std::array<uint8_t, 32> zeros{};
  std::set<uint64_t> digests;
  for (size_t bytes = 0; bytes <= zeros.size(); ++bytes) {
    EXPECT_TRUE(digests.insert(siphash(kKey, Bytes(zeros).first(bytes))).second);
  }
}

}  // namespace
}  // namespace base

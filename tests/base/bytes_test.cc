#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace base {
namespace {

TEST(BytesTest, LoadsAndStoresInNetworkOrderAtAnyAlignment) {
  for (size_t at = 0; at < 8; ++at) {
    std::array<uint8_t, 16> octets{};
    store_be64(octets.data() + at, 0x0102030405060708);
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(octets[at + i], i + 1);
    EXPECT_EQ(load_be64(octets.data() + at), 0x0102030405060708);
    EXPECT_EQ(load_be32(octets.data() + at), 0x01020304);
    EXPECT_EQ(load_be16(octets.data() + at), 0x0102);
    EXPECT_EQ(load_be<uint8_t>(octets.data() + at), 0x01);
    store_be32(octets.data() + at, 0xaabbccdd);
    store_be16(octets.data() + at + 4, 0xeeff);
    EXPECT_EQ(load_be64(octets.data() + at), 0xaabbccddeeff0708);
  }
}

TEST(BytesTest, PadsToTheNextMultipleOfFourAndDoesNotWrapAt16Bits) {
  EXPECT_EQ(padded_to_4(0), 0u);
  EXPECT_EQ(padded_to_4(1), 4u);
  EXPECT_EQ(padded_to_4(4), 4u);
  EXPECT_EQ(padded_to_4(65533), 65536u);
  EXPECT_EQ(padded_to_4(65535), 65536u);
}

TEST(BytesTest, TextAndBytesAreTwoViewsOfTheSameOctets) {
  const std::string_view text("a\0b", 3);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_TRUE(as_bytes("").empty());
}

TEST(BytesTest, EqualityHoldsOnlyForTheSameOctets) {
  const std::array<uint8_t, 20> secret{1, 2, 3};
  EXPECT_TRUE(equal_in_constant_time(secret, secret));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time(secret, Bytes(secret).first(19)));
  for (size_t bit = 0; bit < 8 * secret.size(); ++bit) {
    auto other = secret;
    other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(equal_in_constant_time(secret, other)) << bit;
  }
}

}  // namespace
}  // namespace base

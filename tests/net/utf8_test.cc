#include "net/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace net {
namespace {

// As RFC 3629 §3 writes it, whatever the code point; `octets` more than needed makes it overlong.
std::string encode(uint32_t code_point, int octets) {
  if (octets == 1) return {static_cast<char>(code_point)};
  std::string text;
  for (int left = octets - 1; left > 0; --left, code_point >>= 6) {
    text.insert(text.begin(), static_cast<char>(0x80 | (code_point & 0x3f)));
  }
  const int lead_bits = 0xf00 >> octets & 0xff;
  return static_cast<char>(lead_bits | static_cast<int>(code_point)) + text;
}

int octets_of(uint32_t code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

TEST(Utf8Test, EveryCodePointIsJudgedAsRfc3629Says) {
  for (uint32_t code_point = 0; code_point <= 0x1fffff; ++code_point) {
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    const bool valid = code_point <= 0x10ffff && !is_surrogate;
    const int octets = octets_of(code_point);
    ASSERT_EQ(is_utf8(base::as_bytes(encode(code_point, octets))), valid) << code_point;
    if (octets == 4) continue;
    ASSERT_FALSE(is_utf8(base::as_bytes(encode(code_point, octets + 1)))) << code_point;
  }
}

TEST(Utf8Test, CuttingChangesNothing) {
  const std::string text = "eight octets, \xc3\xa4, \xe2\x82\xac, \xf0\x9f\x8e\x88 and eight more";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed(base::as_bytes(text.substr(0, cut))));
    EXPECT_EQ(validator.is_complete(), is_utf8(base::as_bytes(text.substr(0, cut))));
    EXPECT_TRUE(validator.feed(base::as_bytes(text.substr(cut))));
    EXPECT_TRUE(validator.is_complete());
  }
}

TEST(Utf8Test, AFaultBehindAnyAmountOfAsciiIsFound) {
  for (size_t bytes = 0; bytes < 40; ++bytes) {
    EXPECT_FALSE(is_utf8(base::as_bytes(std::string(bytes, 'a') + "\xff")));
    EXPECT_FALSE(is_utf8(base::as_bytes(std::string(bytes, 'a') + "\xc3")));
    EXPECT_FALSE(is_utf8(base::as_bytes("\xc3" + std::string(bytes + 1, 'a'))));
  }
}

}  // namespace
}  // namespace net

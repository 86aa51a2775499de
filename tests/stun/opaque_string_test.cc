#include <gtest/gtest.h>

#include <string>

#include "stun/long_term_key.h"
#include "tests/stun/vectors.h"

namespace stun {
namespace {

using namespace std::string_literals;

struct Prepared {
  const char* what;
  std::string text;
  std::string prepared;
};

class OpaqueStringTest : public testing::TestWithParam<Prepared> {};

TEST_P(OpaqueStringTest, IsPreparedAsRfc8265Says) {
  const auto& [what, text, prepared] = GetParam();
  const auto result = opaque_string(text);
  ASSERT_TRUE(result) << what << ": " << describe(result.error());
  EXPECT_EQ(*result, prepared) << what;
  EXPECT_EQ(opaque_string(*result), prepared) << what << ", twice";
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8265, OpaqueStringTest,
    testing::Values(
        Prepared{"§4.3 example 12", "correct horse battery staple", "correct horse battery staple"},
        Prepared{"§4.3 example 13, case stays", "Correct Horse Battery Staple",
                 "Correct Horse Battery Staple"},
        Prepared{"§4.3 example 14", "πßå", "πßå"},
        Prepared{"§4.3 example 15, a card suit", "Jack of ♦s", "Jack of ♦s"},
        Prepared{"§4.3 example 16, Ogham space mark", "foo\u1680bar", "foo bar"},
        Prepared{"no-break and ideographic space", "a\u00a0b\u3000c", "a b c"},
        Prepared{"leading and trailing spaces stay", "  a ", "  a "},
        Prepared{"all printable ASCII", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
                 "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
        Prepared{"composition", "cafe\u0301", "caf\u00e9"},
        Prepared{"compatibility characters stay: NFC, not NFKC", "ﬁ\u2168\u00aa", "ﬁ\u2168\u00aa"},
        Prepared{"fullwidth letters stay", "Ａ", "Ａ"},
        Prepared{"a singleton decomposes", "\u212b", "\u00c5"},
        Prepared{"Katakana", std::string(test::kMatrixUser), std::string(test::kMatrixUser)},
        Prepared{"right to left", "שלום עולם", "שלום עולם"}, Prepared{"beyond the first plane", "🔑", "🔑"},
        Prepared{"modern Hangul", "비밀번호", "비밀번호"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc5892Context, OpaqueStringTest,
    testing::Values(
        Prepared{"middle dot between two l", "col·lecció", "col·lecció"},
        Prepared{"keraia before a Greek letter", "\u0375α", "\u0375α"},
        Prepared{"geresh after a Hebrew letter", "א\u05f3", "א\u05f3"},
        Prepared{"gershayim after a Hebrew letter", "צה\u05f4ל", "צה\u05f4ל"},
        Prepared{"Katakana middle dot among Katakana", "ジョン・スミス", "ジョン・スミス"},
        Prepared{"one Katakana letter at the very end serves every middle dot", "・・a・ス", "・・a・ス"},
        Prepared{"Arabic-Indic digits", "٠١٢", "٠١٢"}, Prepared{"extended ones", "۰۱۲", "۰۱۲"},
        Prepared{"joiner after a virama", "\u0915\u094d\u200d", "\u0915\u094d\u200d"},
        Prepared{"non-joiner after a virama", "\u0915\u094d\u200c", "\u0915\u094d\u200c"},
        Prepared{"non-joiner between joining letters", "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc",
                 "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc"}));

std::string middle_dots(size_t count) {
  std::string text;
  while (count-- > 0) text += "・";
  return text;
}

struct Refused {
  const char* what;
  std::string text;
  OpaqueStringError error;
};

class OpaqueStringErrorTest : public testing::TestWithParam<Refused> {};

TEST_P(OpaqueStringErrorTest, IsNamed) {
  const auto result = opaque_string(GetParam().text);
  ASSERT_FALSE(result) << GetParam().what << ": " << *result;
  EXPECT_EQ(result.error(), GetParam().error) << GetParam().what;
  EXPECT_FALSE(describe(result.error()).empty());
}

constexpr auto kForbidden = OpaqueStringError::kForbiddenCharacter;
constexpr auto kNotUtf8 = OpaqueStringError::kNotUtf8;

INSTANTIATE_TEST_SUITE_P(
    Each, OpaqueStringErrorTest,
    testing::Values(
        Refused{"§4.3 example 17: nothing", "", OpaqueStringError::kEmpty},
        Refused{"§4.3 example 18: a control", "my cat is a \tby", kForbidden},
        Refused{"NUL", "a\0b"s, kForbidden}, Refused{"delete", "a\x7f", kForbidden},
        Refused{"a control of Latin-1", "a\u0085", kForbidden},
        Refused{"line separator", "a\u2028", kForbidden}, Refused{"soft hyphen", "a\u00adb", kForbidden},
        Refused{"zero width space", "a\u200bb", kForbidden},
        Refused{"byte order mark", "\ufeffa", kForbidden},
        Refused{"bidirectional override", "a\u202eb", kForbidden},
        Refused{"variation selector", "♥\ufe0f", kForbidden}, Refused{"Hangul filler", "\u3164", kForbidden},
        Refused{"old Hangul jamo", "\u1112\u1161\u11ab", kForbidden},
        Refused{"private use", "\ue000", kForbidden}, Refused{"unassigned", "\u0378", kForbidden},
        Refused{"noncharacter", "\uffff", kForbidden}, Refused{"tag", "\U000e0041", kForbidden},
        Refused{"Arabic tatweel", "\u0640", kForbidden}, Refused{"middle dot elsewhere", "a·b", kForbidden},
        Refused{"middle dot at the end", "l·", kForbidden},
        Refused{"middle dot at the start", "·l", kForbidden},
        Refused{"keraia at the end", "α\u0375", kForbidden}, Refused{"geresh first", "\u05f3", kForbidden},
        Refused{"geresh after Latin", "a\u05f4", kForbidden},
        Refused{"Katakana middle dot alone", "a・b", kForbidden},
        Refused{"both kinds of Arabic digits", "٠۰", kForbidden},
        Refused{"the same, far from each other", "٠٠" + std::string(400, 'a') + "۰", kForbidden},
        Refused{"the same, the other way round", "۰a٠", kForbidden},
        Refused{"a name of middle dots", middle_dots(169), kForbidden},
        Refused{"joiner first", "\u200da", kForbidden}, Refused{"joiner of emoji", "👩\u200d💻", kForbidden},
        Refused{"non-joiner in Latin", "a\u200cb", kForbidden},
        Refused{"non-joiner at the end", "\u0646\u200c", kForbidden},
        Refused{"a lone continuation", "a\x80", kNotUtf8}, Refused{"cut short", "caf\xc3", kNotUtf8},
        Refused{"an overlong slash", "\xc0\xaf", kNotUtf8}, Refused{"a surrogate", "\xed\xa0\x80", kNotUtf8},
        Refused{"beyond U+10FFFF", "\xf4\x90\x80\x80", kNotUtf8}, Refused{"Latin-1", "caf\xe9", kNotUtf8},
        Refused{"509 octets", std::string(509, 'a'), OpaqueStringError::kTooLong},
        Refused{"far too long", std::string(100000, 'a'), OpaqueStringError::kTooLong},
        Refused{"509 octets of letters", std::string(507, 'a') + "é", OpaqueStringError::kTooLong}));

TEST(OpaqueStringLimitTest, TheLimitHoldsForThePreparedText) {
  EXPECT_TRUE(opaque_string(std::string(kLongestOpaqueString, 'a')));
  // 509 octets as typed, 508 once composed.
  EXPECT_EQ(opaque_string(std::string(506, 'a') + "e\u0301")->size(), kLongestOpaqueString);
}

// The password of RFC 5769 §2.4 and RFC 8489 B.1 was made for SASLprep, which drops U+00AD and maps U+00AA
// and U+2168. OpaqueString, which RFC 8489 names, refuses the first and keeps the others: the vectors hold
// for the prepared text.
TEST(OpaqueStringVectorTest, TheRawPasswordOfTheVectorsIsRefused) {
  EXPECT_EQ(opaque_string(test::kMatrixRawPassword).error(), kForbidden);
  EXPECT_EQ(opaque_string(test::kMatrixPassword), test::kMatrixPassword);
}

}  // namespace
}  // namespace stun

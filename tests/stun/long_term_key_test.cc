#include "stun/long_term_key.h"

#include <gtest/gtest.h>

#include "tests/stun/vectors.h"

namespace stun {
namespace {

using namespace std::string_view_literals;
using test::to_hex;

TEST(LongTermKeyTest, KeysAreTheHashesOfUserRealmAndPassword) {
  const auto keys = derive_long_term_keys("user", "realm", "pass");
  EXPECT_EQ(to_hex(keys.md5), "8493fbc53ba582fb4c044c456bdc40eb") << "RFC 8489 §9.2.2";
  EXPECT_EQ(keys.sha256, sha256(base::as_bytes("user:realm:pass")));
}

TEST(LongTermKeyTest, UserhashIsTheOneOfRfc8489AppendixB) {
  EXPECT_EQ(to_hex(userhash(test::kMatrixUser, test::kMatrixRealm)),
            "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704");
}

// REST usernames carry a colon; the hash does not escape it, so neither may we.
TEST(LongTermKeyTest, AColonInTheNameIsPartOfTheHashedText) {
  EXPECT_EQ(derive_long_term_keys("1700000000:bob", "r", "p"),
            derive_long_term_keys("1700000000", "bob:r", "p"));
}

TEST(TrimmedWireTextTest, TakesOffNulsThenOnePairOfQuotes) {
  const struct {
    std::string_view received, trimmed;
  } cases[] = {{"alice"sv, "alice"sv},
               {"alice\0\0"sv, "alice"sv},
               {"\"alice\""sv, "alice"sv},
               {"\"alice\"\0"sv, "alice"sv},
               {"\"\"alice\"\""sv, "\"alice\""sv},
               {"al\0ice"sv, "al\0ice"sv},
               {"\"alice"sv, "\"alice"sv},
               {"alice\""sv, "alice\""sv},
               {"\""sv, "\""sv},
               {"\"\""sv, ""sv},
               {"\0"sv, ""sv},
               {""sv, ""sv},
               {"\"alice\0\""sv, "alice\0"sv},
               {" alice "sv, " alice "sv}};
  for (const auto& [received, trimmed] : cases) EXPECT_EQ(trimmed_wire_text(received), trimmed) << received;
}

}  // namespace
}  // namespace stun

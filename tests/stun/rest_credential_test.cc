#include "stun/rest_credential.h"

#include <gtest/gtest.h>

namespace stun {
namespace {

using namespace std::string_view_literals;

base::WallTime at(int64_t seconds) { return base::WallTime{std::chrono::seconds{seconds}}; }

TEST(RestUsernameTest, IsAnExpiryAndPerhapsAUser) {
  const struct {
    std::string_view username;
    int64_t expires_at;
    std::string_view user;
  } cases[] = {{"1700000000:alice", 1700000000, "alice"},
               {"1700000000", 1700000000, ""},
               {"1700000000:", 1700000000, ""},
               {"1700000000:a:b", 1700000000, "a:b"},
               {"0:x", 0, "x"},
               {"00000000001", 1, ""},
               {"99999999999:é", 99999999999, "é"},
               {"1: -", 1, " -"}};
  for (const auto& [username, expires_at, user] : cases) {
    const auto parsed = parse_rest_username(username);
    ASSERT_TRUE(parsed) << username;
    EXPECT_EQ(parsed->expires_at, at(expires_at)) << username;
    EXPECT_EQ(parsed->user, user) << username;
  }
}

TEST(RestUsernameTest, RefusesEverythingButPlainDigits) {
  for (const auto username : {""sv,
                              ":alice"sv,
                              "alice"sv,
                              "+1700000000:a"sv,
                              "-1:a"sv,
                              " 1700000000:a"sv,
                              "1700000000 :a"sv,
                              "1700000000\t"sv,
                              "17e8:a"sv,
                              "0x10:a"sv,
                              "1.5:a"sv,
                              "1,5"sv,
                              "1_0"sv,
                              "100000000000"sv,
                              "000000000001"sv,
                              "9223372036854775808:a"sv,
                              "18446744073709551617:a"sv,
                              "1\0"sv,
                              "1\0:a"sv,
                              "١٢٣:a"sv,
                              "１７:a"sv}) {
    EXPECT_FALSE(parse_rest_username(username)) << username;
  }
}

TEST(RestUsernameTest, IsReadBackFromWhatIsMade) {
  EXPECT_EQ(rest_username(at(1700000000), "alice"), "1700000000:alice");
  EXPECT_EQ(rest_username(at(1700000000), ""), "1700000000");
  EXPECT_EQ(parse_rest_username(rest_username(at(99999999999), "a:b"))->user, "a:b");
}

// Made with: printf %s USERNAME | openssl dgst -sha1 -hmac SECRET -binary | base64
TEST(RestPasswordTest, IsWhatOtherIssuersOfTheDraftMint) {
  EXPECT_EQ(rest_password("north", "1433895918:1234567890", RestHash::kSha1), "NG3e2K1W2FMlzPZ42NZ/A7ZzaGA=");
  EXPECT_EQ(rest_password("north", "1433895918:1234567890", RestHash::kSha256),
            "LOqZd3BH/24meW1lMlvPesysFUdriLKhMCGcNMk0OJw=");
}

}  // namespace
}  // namespace stun

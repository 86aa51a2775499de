#include "stun/password_algorithms.h"

#include <gtest/gtest.h>

#include "stun/message_writer.h"
#include "tests/stun/vectors.h"

namespace stun {
namespace {

using test::from_hex;

constexpr TransactionId kTransaction{};

TEST(PasswordAlgorithmTest, TakesTheTwoThatTheRfcDefines) {
  EXPECT_EQ(parse_password_algorithm(from_hex("00010000")), PasswordAlgorithm::kMd5);
  EXPECT_EQ(parse_password_algorithm(from_hex("00020000")), PasswordAlgorithm::kSha256);
  for (const auto hex :
       {"", "0002", "00000000", "00030000", "00020001", "000200040000000000", "0002000000"}) {
    EXPECT_FALSE(parse_password_algorithm(from_hex(hex))) << hex;
  }
}

TEST(PasswordAlgorithmTest, IsReadBackFromWhatIsWritten) {
  for (const auto algorithm : {PasswordAlgorithm::kMd5, PasswordAlgorithm::kSha256}) {
    EXPECT_EQ(parse_password_algorithm(password_algorithm_value(algorithm)), algorithm);
  }
}

TEST(PasswordAlgorithmTest, AClientTakesTheFirstItKnows) {
  EXPECT_EQ(first_known_algorithm(kOfferedPasswordAlgorithms), PasswordAlgorithm::kSha256);
  EXPECT_EQ(first_known_algorithm(from_hex("00010000 00020000")), PasswordAlgorithm::kMd5);
  EXPECT_EQ(first_known_algorithm(from_hex("00030005 0102030405000000 00010000")), PasswordAlgorithm::kMd5);
  for (const auto hex : {"", "0002", "00030000", "00030005 01", "0003ffff 00020000"}) {
    EXPECT_FALSE(first_known_algorithm(from_hex(hex))) << hex;
  }
}

// Rows of RFC 8489 §9.2.4: what a request carries, and what the server makes of it.
TEST(ChosenAlgorithmTest, FollowsTheRulesAgainstBiddingDown) {
  using enum AlgorithmFault;
  const std::string offered = "0002000000010000";
  const struct {
    const char* what;
    std::optional<std::string> list, choice;
    std::expected<PasswordAlgorithm, AlgorithmFault> outcome;
  } cases[] = {
      {"a client from before RFC 8489", {}, {}, PasswordAlgorithm::kMd5},
      {"SHA-256 chosen", offered, "00020000", PasswordAlgorithm::kSha256},
      {"MD5 chosen", offered, "00010000", PasswordAlgorithm::kMd5},
      {"a list without a choice", offered, {}, std::unexpected(kOneWithoutTheOther)},
      {"a choice without a list", {}, "00020000", std::unexpected(kOneWithoutTheOther)},
      {"SHA-256 taken off the list", "00010000", "00010000", std::unexpected(kListAltered)},
      {"the order changed", "0001000000020000", "00010000", std::unexpected(kListAltered)},
      {"an empty list", "", "00010000", std::unexpected(kListAltered)},
      {"something else chosen", offered, "00030000", std::unexpected(kNotOffered)},
      {"a choice with parameters", offered, "0002000400000000", std::unexpected(kNotOffered)},
      {"an empty choice", offered, "", std::unexpected(kNotOffered)},
  };
  for (const auto& [what, list, choice, outcome] : cases) {
    std::vector<uint8_t> buffer(256);
    MessageWriter writer(buffer, Method::kAllocate, Class::kRequest, kTransaction.data());
    if (list) writer.attribute(AttributeType::kPasswordAlgorithms, from_hex(*list));
    if (choice) writer.attribute(AttributeType::kPasswordAlgorithm, from_hex(*choice));
    EXPECT_EQ(chosen_password_algorithm(*Message::parse(writer.finish())), outcome) << what;
  }
}

}  // namespace
}  // namespace stun

// Tokens, one-time passwords and how often they may be guessed.
#include <gmock/gmock.h>

#include <set>

#include "base/bytes.h"
#include "signaling/attempt_limit.h"
#include "signaling/one_time_password.h"
#include "signaling/token.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace signaling {
namespace {

using namespace std::chrono_literals;

class GivenOctets : public base::RandomSource {
 public:
  explicit GivenOctets(uint8_t first, uint8_t step) : next_(first), step_(step) {}
  void fill(base::MutableBytes bytes) override {
    for (auto& octet : bytes) octet = std::exchange(next_, static_cast<uint8_t>(next_ + step_));
  }

 private:
  uint8_t next_, step_;
};

TEST(TokenTest, IsItsOctetsInBase64UrlAndHashedAsAWhole) {
  GivenOctets counting(0, 1), ones(0xff, 0);
  const auto token = make_token(counting);  // text and hash by Python's base64 and hashlib
  EXPECT_EQ(token.text, "ibx_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_THAT(std::vector<uint8_t>(token.hash.begin(), token.hash.begin() + 4),
              testing::ElementsAre(0xc7, 0x69, 0x75, 0xfb));
  EXPECT_EQ(make_token(ones).text, "ibx___________________________________________8");
  EXPECT_EQ(hash_token(token.text), token.hash);
}

TEST(TokenTest, OnlyWhatWeWriteIsReadAndThereIsOneTextForEach) {
  support::FixedRandom random(1);
  const auto good = make_token(random).text;
  ASSERT_TRUE(hash_token(good));
  std::vector<std::string> bad = {"",
                                  "ibx_",
                                  good + "A",
                                  good.substr(0, 46),
                                  "IBX_" + good.substr(4),
                                  "ibx_" + std::string(42, 'A') + "=",
                                  "ibx_" + std::string(42, '/') + "A",
                                  std::string(47, '\0')};
  for (const auto& text : bad) EXPECT_FALSE(hash_token(text)) << text;
  int readable = 0;  // of the 64 last characters those without bits beyond the token
  for (const char c : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    readable += hash_token(good.substr(0, 46) + c).has_value();
  EXPECT_EQ(readable, 16);
}

TEST(TokenTest, TokensDiffer) {
  support::FixedRandom random(1);
  std::set<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.insert(make_token(random).text);
  EXPECT_EQ(texts.size(), 1000u);
}

OtpSecret rfc_secret() {  // RFC 6238 appendix B
  OtpSecret secret;
  std::ranges::copy(base::as_bytes("12345678901234567890"), secret.begin());
  return secret;
}
base::WallTime at_second(int64_t seconds) { return base::WallTime(std::chrono::seconds(seconds)); }

struct TotpVector {
  int64_t seconds;
  std::string password;  // the last six of the RFC's eight digits
};
class TotpTest : public testing::TestWithParam<TotpVector> {};
TEST_P(TotpTest, IsThatOfRfc6238) {
  const auto& [seconds, password] = GetParam();
  EXPECT_EQ(check_otp(rfc_secret(), password, at_second(seconds), std::nullopt), seconds / 30);
}
INSTANTIATE_TEST_SUITE_P(Rfc6238AppendixB, TotpTest,
                         testing::Values(TotpVector{59, "287082"}, TotpVector{1111111109, "081804"},
                                         TotpVector{1111111111, "050471"}, TotpVector{1234567890, "005924"},
                                         TotpVector{2000000000, "279037"},
                                         TotpVector{20000000000, "353130"}));

TEST(OneTimePasswordTest, OneStepOfClockDifferenceIsAllowedEitherWay) {
  const auto valid = [](int64_t seconds) {  // the password is that of 1111111080 to 1111111109
    return check_otp(rfc_secret(), "081804", at_second(seconds), std::nullopt).has_value();
  };
  EXPECT_FALSE(valid(1111111049));
  EXPECT_TRUE(valid(1111111050));
  EXPECT_TRUE(valid(1111111139));
  EXPECT_FALSE(valid(1111111140));
}

// PeerBook takes a password as often as it is sent.
TEST(OneTimePasswordTest, ClosesTheHoleThatAPasswordWorksTwice) {
  const auto step = check_otp(rfc_secret(), "287082", at_second(59), std::nullopt);
  ASSERT_EQ(step, 1);
  EXPECT_EQ(check_otp(rfc_secret(), "287082", at_second(61), step), std::nullopt);
  EXPECT_EQ(check_otp(rfc_secret(), "287082", at_second(61), 2), std::nullopt);
  EXPECT_EQ(check_otp(rfc_secret(), "287082", at_second(61), 0), 1);
}

TEST(OneTimePasswordTest, NothingElseIsAPassword) {
  for (const std::string wrong :
       {"", "287083", "28708", "2870820", " 287082", "94287082", "28708a", "abcdef"})
    EXPECT_FALSE(check_otp(rfc_secret(), wrong, at_second(59), std::nullopt)) << wrong;
}

TEST(OneTimePasswordTest, TheUriIsWhatAuthenticatorsRead) {
  EXPECT_EQ(otp_uri(rfc_secret(), "icebox turn.example.org", "Ann & Bob"),
            "otpauth://totp/icebox%20turn.example.org:Ann%20%26%20Bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=icebox%20turn.example.org&algorithm=SHA1&digits=6&period=30");
}

TEST(AttemptLimitTest, AskingHowLongToWaitCountsNothing) {
  support::FakeClock clock;
  AttemptLimit limit({.tries = 1});
  EXPECT_FALSE(limit.wait_of(clock.steady(), "a"));
  EXPECT_FALSE(limit.count_try(clock.steady(), "a"));
  EXPECT_EQ(limit.wait_of(clock.steady(), "a"), 300s);
  EXPECT_FALSE(limit.wait_of(clock.steady(), "b"));
  EXPECT_EQ(limit.size(), 1u);
  clock.advance(300s);
  EXPECT_FALSE(limit.wait_of(clock.steady(), "a"));
}

TEST(AttemptLimitTest, MemoryIsBoundedAndTheOldestWindowGoesFirst) {
  support::FakeClock clock;
  AttemptLimit limit({.tries = 1, .keys = 100});
  for (int i = 0; i < 100'000; ++i) {
    clock.advance(1us);
    ASSERT_FALSE(limit.count_try(clock.steady(), std::to_string(i)));
    ASSERT_LE(limit.size(), 100u);
  }
  EXPECT_TRUE(limit.count_try(clock.steady(), "99900"));
  clock.advance(301s);
  EXPECT_FALSE(limit.count_try(clock.steady(), "99900"));
  EXPECT_EQ(limit.size(), 1u);
}

}  // namespace
}  // namespace signaling

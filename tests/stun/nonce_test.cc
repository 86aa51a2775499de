#include "stun/nonce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace stun {
namespace {

using namespace std::chrono_literals;

constexpr base::SipHashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
constexpr SecurityFeatures kAlgorithms{.password_algorithms = true};
constexpr uint32_t kSalt = 0xcafe0123;
const base::WallTime kNow{std::chrono::seconds{1'700'000'000}};

base::IpAddress ip(std::string_view text) { return *base::IpAddress::parse(text); }

std::string text_of(const Nonce& nonce) { return {nonce.begin(), nonce.end()}; }

struct NonceTest : testing::Test {
  const NonceKey key{kKey, 10min};
  const base::IpAddress client = ip("192.0.2.1");
  const std::string nonce = text_of(key.make(kNow, client, kAlgorithms, kSalt));

  NonceVerdict verdict(std::string_view text) const { return key.check(kNow, client, text); }
};

TEST_F(NonceTest, SaysItsFeaturesTimeAndSalt) {
  EXPECT_EQ(nonce.size(), kNonceBytes);
  EXPECT_EQ(nonce.substr(0, 29), "obMatJos2gAAB6553f100cafe0123");
  EXPECT_EQ(verdict(nonce), NonceVerdict::kFresh);
}

TEST_F(NonceTest, EveryChangedCharacterIsAForgery) {
  for (size_t at = 0; at < nonce.size(); ++at) {
    for (const char c : {'0', '1', 'a', 'f', 'A', 'F', 'g', 'w', '\0', ' '}) {
      auto forged = nonce;
      if (forged[at] == c) continue;
      forged[at] = c;
      ASSERT_EQ(verdict(forged), NonceVerdict::kForged) << forged;
    }
  }
}

TEST_F(NonceTest, EveryOtherLengthIsAForgery) {
  for (size_t bytes = 0; bytes < nonce.size(); ++bytes) {
    ASSERT_EQ(verdict(std::string_view(nonce).substr(0, bytes)), NonceVerdict::kForged) << bytes;
  }
  EXPECT_EQ(verdict(nonce + "0"), NonceVerdict::kForged);
  EXPECT_EQ(verdict(nonce + '\0'), NonceVerdict::kForged);
  EXPECT_EQ(verdict(std::string(1000, 'a')), NonceVerdict::kForged);
}

TEST_F(NonceTest, UpperCaseDigitsAreAForgery) {
  auto shouted = nonce;
  std::transform(shouted.begin() + 13, shouted.end(), shouted.begin() + 13,
                 [](unsigned char c) { return std::toupper(c); });
  ASSERT_NE(shouted, nonce);
  EXPECT_EQ(verdict(shouted), NonceVerdict::kForged);
}

TEST_F(NonceTest, AgesAndStaysOursForEver) {
  EXPECT_EQ(key.check(kNow + 10min, client, nonce), NonceVerdict::kFresh);
  EXPECT_EQ(key.check(kNow + 10min + 1s, client, nonce), NonceVerdict::kStale);
  EXPECT_EQ(key.check(kNow + 24h * 365, client, nonce), NonceVerdict::kStale);
}

TEST_F(NonceTest, ToleratesAMinuteOfClockSkewBetweenInstances) {
  EXPECT_EQ(key.check(kNow - 60s, client, nonce), NonceVerdict::kFresh);
  EXPECT_EQ(key.check(kNow - 61s, client, nonce), NonceVerdict::kStale);
}

TEST_F(NonceTest, IsWorthNothingFromAnotherAddress) {
  EXPECT_EQ(key.check(kNow, ip("192.0.2.2"), nonce), NonceVerdict::kForged);
  EXPECT_EQ(key.check(kNow, ip("::192.0.2.1"), nonce), NonceVerdict::kForged);
  EXPECT_EQ(key.check(kNow, ip("::"), nonce), NonceVerdict::kForged);
}

TEST_F(NonceTest, AMappedAddressIsTheAddressItMaps) {
  EXPECT_EQ(key.check(kNow, ip("::ffff:192.0.2.1"), nonce), NonceVerdict::kFresh);
}

TEST_F(NonceTest, AnIpv6ClientMayMoveWithinIts64) {
  const auto made = text_of(key.make(kNow, ip("2001:db8:1:2::1"), {}, kSalt));
  EXPECT_EQ(key.check(kNow, ip("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), made), NonceVerdict::kFresh);
  EXPECT_EQ(key.check(kNow, ip("2001:db8:1:3::1"), made), NonceVerdict::kForged);
}

TEST_F(NonceTest, OutlivesARestartWithTheSameKeyAndNotAnother) {
  const NonceKey restarted(kKey, 10min);
  const NonceKey other({kKey[0], kKey[1] ^ 1}, 10min);
  EXPECT_EQ(restarted.check(kNow, client, nonce), NonceVerdict::kFresh);
  EXPECT_EQ(other.check(kNow, client, nonce), NonceVerdict::kForged);
}

TEST_F(NonceTest, ALifetimeShortenedByAReloadHoldsForNoncesAlreadyOut) {
  const NonceKey shorter(kKey, 1min);
  EXPECT_EQ(shorter.check(kNow + 61s, client, nonce), NonceVerdict::kStale);
}

TEST_F(NonceTest, TwoInOneSecondDifferByTheirSalt) {
  const auto other = text_of(key.make(kNow, client, kAlgorithms, kSalt + 1));
  EXPECT_NE(other, nonce);
  EXPECT_NE(other.substr(29), nonce.substr(29));
  EXPECT_EQ(verdict(other), NonceVerdict::kFresh);
}

TEST_F(NonceTest, IsStillRightWhenTheSecondsPass32Bits) {
  const base::WallTime before{std::chrono::seconds{0xfffffff0}};
  const auto made = text_of(key.make(before, client, {}, kSalt));
  EXPECT_EQ(key.check(before + 1min, client, made), NonceVerdict::kFresh);
  EXPECT_EQ(key.check(before + 11min, client, made), NonceVerdict::kStale);
}

TEST(SecurityFeaturesTest, AreReadFromEitherEndOfTheCookie) {
  const struct {
    std::string_view nonce;
    SecurityFeatures features;
  } cases[] = {{"obMatJos2AAAAx", {}},
               {"obMatJos2gAAAx", {.password_algorithms = true}},
               {"obMatJos2QAAAx", {.username_anonymity = true}},
               {"obMatJos2wAAA", {.password_algorithms = true, .username_anonymity = true}},
               {"obMatJos2AAABx", {.password_algorithms = true}},
               {"obMatJos2AAAD", {.password_algorithms = true, .username_anonymity = true}},
               {"obMatJos2P//8", {}},  // what is in between means nothing yet
               {"obMatJos2wAA", {}},
               {"obMatJos2w=AA", {}},
               {"obmatjos2wAAA", {}},
               {"obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA", {.username_anonymity = true}},  // RFC 8489 B.1
               {"f//499k954d6OL34oL9FSTvy64sA", {}},                                         // RFC 5769 §2.4
               {"", {}}};
  for (const auto& [nonce, features] : cases) EXPECT_EQ(features_of(nonce), features) << nonce;
}

TEST(SecurityFeaturesTest, AreWrittenAtBothEndsOfTheCookie) {
  const NonceKey key(kKey, 10min);
  const auto cookie = [&](SecurityFeatures features) {
    return text_of(key.make(kNow, ip("::1"), features, 0)).substr(0, 13);
  };
  EXPECT_EQ(cookie({}), "obMatJos2AAAA");
  EXPECT_EQ(cookie({.password_algorithms = true}), "obMatJos2gAAB");
  EXPECT_EQ(cookie({.username_anonymity = true}), "obMatJos2QAAC");
  EXPECT_EQ(cookie({.password_algorithms = true, .username_anonymity = true}), "obMatJos2wAAD");
}

TEST(SecurityFeaturesTest, AreReadBackFromWhatIsMade) {
  const NonceKey key(kKey, 10min);
  for (const bool algorithms : {false, true}) {
    for (const bool anonymity : {false, true}) {
      const SecurityFeatures features{algorithms, anonymity};
      EXPECT_EQ(features_of(text_of(key.make(kNow, ip("::1"), features, 0))), features);
    }
  }
}

}  // namespace
}  // namespace stun

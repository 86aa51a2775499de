#include "stun/integrity.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>

#include "stun/long_term_key.h"
#include "stun/message_writer.h"
#include "tests/stun/vectors.h"

namespace stun {
namespace {

using test::from_hex;
using test::to_hex;

constexpr TransactionId kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

struct ShortTermVector {
  const char* source;
  std::vector<uint8_t> message;
};

class ShortTermTest : public testing::TestWithParam<ShortTermVector> {};

TEST_P(ShortTermTest, IntegrityAndFingerprintAreRight) {
  const auto message = Message::parse(GetParam().message);
  ASSERT_TRUE(message);
  EXPECT_EQ(check_message_integrity(*message, base::as_bytes(test::kShortTermPassword)), Check::kRight);
  EXPECT_EQ(check_message_integrity(*message, base::as_bytes("another password")), Check::kWrong);
  EXPECT_EQ(check_message_integrity_sha256(*message, base::as_bytes(test::kShortTermPassword)),
            Check::kAbsent);
  EXPECT_EQ(check_fingerprint(*message), Check::kRight);
}

INSTANTIATE_TEST_SUITE_P(Rfc5769, ShortTermTest,
                         testing::Values(ShortTermVector{"§2.1", test::rfc5769_request()},
                                         ShortTermVector{"§2.2", test::rfc5769_ipv4_response()},
                                         ShortTermVector{"§2.3", test::rfc5769_ipv6_response()}));

TEST(IntegrityTest, LongTermRequestOfRfc5769IsRight) {
  const auto bytes = test::rfc5769_long_term_request();
  const auto message = Message::parse(bytes);
  const auto keys = derive_long_term_keys(*message->text(AttributeType::kUsername),
                                          *message->text(AttributeType::kRealm), test::kMatrixPassword);
  EXPECT_EQ(check_message_integrity(*message, keys.md5), Check::kRight);
  EXPECT_EQ(check_message_integrity(*message, keys.sha256), Check::kWrong);
  EXPECT_EQ(check_fingerprint(*message), Check::kAbsent);
}

TEST(IntegrityTest, RequestOfRfc8489AppendixBIsRight) {
  const auto bytes = test::rfc8489_request();
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  const auto keys = derive_long_term_keys(test::kMatrixUser, test::kMatrixRealm, test::kMatrixPassword);
  EXPECT_EQ(check_message_integrity_sha256(*message, keys.sha256), Check::kRight);
  EXPECT_EQ(check_message_integrity_sha256(*message, keys.md5), Check::kWrong);
  EXPECT_EQ(check_message_integrity(*message, keys.md5), Check::kAbsent);
}

TEST(IntegrityTest, EveryChangedBitIsSeen) {
  const auto original = test::rfc5769_request();
  for (size_t bit = 0; bit < 8 * original.size(); ++bit) {
    auto bytes = original;
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
    const auto message = Message::parse(bytes);
    if (!message) continue;
    EXPECT_NE(check_fingerprint(*message), Check::kRight) << bit;
    if (bit / 8 >= original.size() - 8) continue;  // the integrity does not cover the fingerprint
    EXPECT_NE(check_message_integrity(*message, base::as_bytes(test::kShortTermPassword)), Check::kRight)
        << bit;
  }
}

TEST(IntegrityTest, CheckingLeavesTheMessageAsItIs) {
  const auto original = test::rfc5769_request();
  const auto bytes = original;
  const auto message = Message::parse(bytes);
  (void)check_message_integrity(*message, base::as_bytes(test::kShortTermPassword));
  (void)check_fingerprint(*message);
  EXPECT_EQ(bytes, original);
}

struct WrittenTest : testing::Test {
  std::vector<uint8_t> buffer = std::vector<uint8_t>(1024);
  MessageWriter writer{buffer, Method::kRefresh, Class::kRequest, kTransaction.data()};
  const std::vector<uint8_t> key = from_hex("00112233445566778899aabbccddeeff");

  Message parsed() { return *Message::parse(writer.finish()); }
};

TEST_F(WrittenTest, AllThreeChecksHoldTogether) {
  writer.text(AttributeType::kUsername, "alice");
  writer.message_integrity(key);
  writer.message_integrity_sha256(key);
  writer.fingerprint();
  EXPECT_EQ(check_message_integrity(parsed(), key), Check::kRight);
  EXPECT_EQ(check_message_integrity_sha256(parsed(), key), Check::kRight);
  EXPECT_EQ(check_fingerprint(parsed()), Check::kRight);
}

TEST_F(WrittenTest, AnAttributeAppendedByAnAttackerLeavesTheIntegrityRightAndTakesNoEffect) {
  writer.word(AttributeType::kLifetime, 600);
  writer.message_integrity(key);
  writer.word(AttributeType::kLifetime, 0);
  writer.word(AttributeType::kChannelNumber, 0x40000000);
  writer.fingerprint();
  EXPECT_EQ(check_message_integrity(parsed(), key), Check::kRight);
  EXPECT_EQ(check_fingerprint(parsed()), Check::kRight);
  EXPECT_EQ(parsed().word(AttributeType::kLifetime), 600u);
  EXPECT_FALSE(parsed().has(AttributeType::kChannelNumber));
}

TEST_F(WrittenTest, ASecondIntegrityAppendedWithAnotherKeyIsNotTheOneThatIsChecked) {
  writer.word(AttributeType::kLifetime, 600);
  writer.message_integrity(key);
  writer.message_integrity(base::as_bytes("attacker"));
  EXPECT_EQ(check_message_integrity(parsed(), key), Check::kRight);
  EXPECT_EQ(check_message_integrity(parsed(), base::as_bytes("attacker")), Check::kWrong);
}

TEST_F(WrittenTest, ATruncatedDigestIsWrongEvenIfItsOctetsAreRight) {
  writer.message_integrity_sha256(key);
  const auto whole = parsed().find(AttributeType::kMessageIntegritySha256)->value;
  for (const size_t bytes : {0, 4, 16, 28}) {
    std::vector<uint8_t> other(256);
    MessageWriter shorter(other, Method::kRefresh, Class::kRequest, kTransaction.data());
    shorter.attribute(AttributeType::kMessageIntegritySha256, whole.first(bytes));
    EXPECT_EQ(check_message_integrity_sha256(*Message::parse(shorter.finish()), key), Check::kWrong) << bytes;
  }
}

TEST_F(WrittenTest, AnIntegrityOfTheWrongLengthIsWrong) {
  writer.attribute(AttributeType::kMessageIntegrity, from_hex("00"));
  EXPECT_EQ(check_message_integrity(parsed(), key), Check::kWrong);
}

TEST_F(WrittenTest, AFingerprintThatIsNotLastIsWrong) {
  writer.fingerprint();
  EXPECT_EQ(check_fingerprint(parsed()), Check::kRight);
  writer.flag(AttributeType::kDontFragment);
  EXPECT_EQ(check_fingerprint(parsed()), Check::kWrong);
}

TEST_F(WrittenTest, AFingerprintOfTheWrongLengthIsWrong) {
  writer.attribute(AttributeType::kFingerprint, from_hex("0000000000000000"));
  EXPECT_EQ(check_fingerprint(parsed()), Check::kWrong);
}

TEST(DigestTest, PublishedDigestsComeOut) {
  const std::vector<uint8_t> long_key(131, 0xaa);
  EXPECT_EQ(to_hex(md5(base::as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72") << "RFC 1321 A.5";
  EXPECT_EQ(to_hex(sha256(base::as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      << "FIPS 180-4";
  EXPECT_EQ(to_hex(hmac_sha1(base::as_bytes("Jefe"), base::as_bytes("what do ya want "),
                             base::as_bytes("for nothing?"))),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
      << "RFC 2202 case 2, in two parts";
  EXPECT_EQ(to_hex(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
      << "RFC 4231 case 2";
  EXPECT_EQ(
      to_hex(hmac_sha256(long_key, base::as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
      << "RFC 4231 case 6";
}

TEST(DigestTest, HmacAgreesWithOpenSslForEveryKeyAndInputLength) {
  std::mt19937_64 random(5);
  for (size_t key_bytes = 0; key_bytes <= 130; ++key_bytes) {
    std::vector<uint8_t> key(key_bytes + 1), input(random() % 300);
    key.resize(key_bytes);
    for (uint8_t& octet : key) octet = static_cast<uint8_t>(random());
    for (uint8_t& octet : input) octet = static_cast<uint8_t>(random());
    const size_t split = input.empty() ? 0 : random() % input.size();
    const auto first = base::Bytes(input).first(split);
    const auto second = base::Bytes(input).subspan(split);
    Sha1Digest sha1;
    Sha256Digest sha2;
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), input.data(), input.size(), sha1.data(),
         nullptr);
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), input.data(), input.size(), sha2.data(),
         nullptr);
    EXPECT_EQ(hmac_sha1(key, first, second), sha1) << key_bytes;
    EXPECT_EQ(hmac_sha256(key, first, second), sha2) << key_bytes;
  }
}

TEST(CrcTest, IsTheOneOfItuV42) {
  EXPECT_EQ(crc32({}), 0u);
  EXPECT_EQ(crc32(base::as_bytes("123456789")), 0xcbf43926) << "the check value of CRC catalogues";
}

TEST(CrcTest, AgreesWithTheBitwiseDefinitionForEveryLengthAndAlignment) {
  const auto bitwise = [](base::Bytes input) {
    uint32_t crc = ~uint32_t{0};
    for (const uint8_t octet : input) {
      crc ^= octet;
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
  };
  std::mt19937_64 random(6);
  std::vector<uint8_t> input(80);
  for (uint8_t& octet : input) octet = static_cast<uint8_t>(random());
  for (size_t at = 0; at < 8; ++at) {
    for (size_t bytes = 0; bytes + at <= input.size(); ++bytes) {
      const auto part = base::Bytes(input).subspan(at, bytes);
      ASSERT_EQ(crc32(part), bitwise(part)) << at << " " << bytes;
    }
  }
}

}  // namespace
}  // namespace stun

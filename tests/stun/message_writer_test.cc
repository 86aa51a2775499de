#include "stun/message_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "stun/integrity.h"
#include "stun/message.h"
#include "tests/stun/vectors.h"

namespace stun {
namespace {

using test::to_hex;

const TransactionId kRfc5769Transaction{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                        0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

struct WriterTest : testing::Test {
  // Stale octets, so that padding which is not written shows.
  std::vector<uint8_t> buffer = std::vector<uint8_t>(2048, 0xee);

  MessageWriter writer(Method method = Method::kBinding, Class message_class = Class::kRequest) {
    return {buffer, method, message_class, kRfc5769Transaction.data()};
  }
  // What one attribute looks like on the wire, header and padding included.
  std::string written(const std::function<void(MessageWriter&)>& write) {
    auto w = writer();
    write(w);
    return to_hex(w.finish().subspan(kHeaderBytes));
  }
};

TEST_F(WriterTest, AnEmptyMessageIsItsHeader) {
  EXPECT_EQ(to_hex(writer(Method::kAllocate, Class::kError).finish()),
            "011300002112a442b7e7a701bc34d686fa87dfae");
}

// RFC 5769 pads with spaces, we with zeros; the integrity covers the padding, so the response is compared up
// to it.
TEST_F(WriterTest, WritesTheIpv4ResponseOfRfc5769) {
  auto w = writer(Method::kBinding, Class::kSuccess);
  w.text(AttributeType::kSoftware, "test vector");
  w.xor_address(AttributeType::kXorMappedAddress, *base::Endpoint::parse("192.0.2.1:32853"));
  EXPECT_EQ(to_hex(w.finish().subspan(kHeaderBytes)),
            "8022000b7465737420766563746f7200"
            "002000080001a147e112a643");
}

TEST_F(WriterTest, WritesTheLongTermRequestOfRfc5769WithItsIntegrity) {
  const auto vector = test::rfc5769_long_term_request();
  MessageWriter w(buffer, Method::kBinding, Class::kRequest, vector.data() + 8);
  w.text(AttributeType::kUsername, test::kMatrixUser);
  w.text(AttributeType::kNonce, "f//499k954d6OL34oL9FSTvy64sA");
  w.text(AttributeType::kRealm, test::kMatrixRealm);
  w.message_integrity(test::from_hex(to_hex(md5(base::as_bytes("マトリックス:example.org:TheMatrIX")))));
  EXPECT_EQ(to_hex(w.finish()), to_hex(vector));
}

TEST_F(WriterTest, WritesEachAttributeAsItsRfcDrawsIt) {
  const auto v4 = *base::Endpoint::parse("192.0.2.1:32853");
  const auto v6 = *base::Endpoint::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  const uint16_t unknown[] = {0x7f01, 0x7f02, 0x7f03};
  const struct {
    const char* source;
    std::function<void(MessageWriter&)> write;
    std::string bytes;
  } cases[] = {
      {"RFC 8489 §14.1", [&](auto& w) { w.address(AttributeType::kMappedAddress, v4); },
       "0001000800018055c0000201"},
      {"RFC 8489 §14.1", [&](auto& w) { w.address(AttributeType::kAlternateServer, v6); },
       "802300140002805520010db8123456780011223344556677"},
      {"RFC 5769 §2.2", [&](auto& w) { w.xor_address(AttributeType::kXorMappedAddress, v4); },
       "002000080001a147e112a643"},
      {"RFC 5769 §2.3", [&](auto& w) { w.xor_address(AttributeType::kXorMappedAddress, v6); },
       "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"},
      {"RFC 8489 §14.8", [&](auto& w) { w.error_code(ErrorCode::kUnauthenticated); }, "0009000400000401"},
      {"RFC 8489 §14.8", [&](auto& w) { w.error_code(ErrorCode::kStaleNonce, "Stale"); },
       "00090009000004265374616c65000000"},
      {"RFC 8489 §14.13", [&](auto& w) { w.unknown_attributes(unknown); }, "000a00067f017f027f030000"},
      {"RFC 8656 §18.1", [&](auto& w) { w.channel_number(ChannelNumber{0x4abc}); }, "000c00044abc0000"},
      {"RFC 8656 §18.2", [&](auto& w) { w.word(AttributeType::kLifetime, 600); }, "000d000400000258"},
      {"RFC 8656 §18.6",
       [&](auto& w) { w.address_family(AttributeType::kRequestedAddressFamily, base::Family::kIpv6); },
       "0017000402000000"},
      {"RFC 8656 §18.7", [&](auto& w) { w.even_port(true); }, "0018000180000000"},
      {"RFC 8656 §18.7", [&](auto& w) { w.even_port(false); }, "0018000100000000"},
      {"RFC 8656 §18.8", [&](auto& w) { w.requested_transport(kProtocolUdp); }, "0019000411000000"},
      {"RFC 8656 §18.9", [&](auto& w) { w.flag(AttributeType::kDontFragment); }, "001a0000"},
      {"RFC 8656 §18.10", [&](auto& w) { w.reservation_token(0x0102030405060708); },
       "002200080102030405060708"},
      {"RFC 8656 §18.12",
       [&](auto& w) { w.address_error_code(base::Family::kIpv6, ErrorCode::kAddressFamilyNotSupported); },
       "8001000402000428"},
      {"RFC 8656 §18.13, ICMPv4 fragmentation needed", [&](auto& w) { w.icmp(3, 4, 1400); },
       "80040008"
       "00000604"
       "00000578"},
      {"RFC 8656 §18.13, ICMPv6 packet too big", [&](auto& w) { w.icmp(2, 0, 1280); },
       "80040008"
       "00000400"
       "00000500"},
  };
  for (const auto& [source, write, bytes] : cases) {
    std::ranges::fill(buffer, 0xee);
    EXPECT_EQ(written(write), bytes) << source;
  }
}

TEST_F(WriterTest, PaddingIsZeroWhateverTheBufferHeld) {
  for (size_t value_bytes = 0; value_bytes <= 9; ++value_bytes) {
    std::ranges::fill(buffer, 0xee);
    auto w = writer();
    w.attribute(AttributeType::kData, std::vector<uint8_t>(value_bytes, 0xaa));
    const auto bytes = w.finish();
    ASSERT_EQ(bytes.size(), kHeaderBytes + 4 + base::padded_to_4(value_bytes));
    EXPECT_EQ(bytes[23], value_bytes);
    for (size_t i = 24; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], i < 24 + value_bytes ? 0xaa : 0x00);
    EXPECT_EQ(buffer[bytes.size()], 0xee) << "wrote past the end";
  }
}

TEST_F(WriterTest, TheLengthFieldIsRightAfterEveryCall) {
  auto w = writer();
  const auto claimed = [&] { return kHeaderBytes + base::load_be16(buffer.data() + 2); };
  EXPECT_EQ(claimed(), w.size());
  w.text(AttributeType::kSoftware, "icebox");
  EXPECT_EQ(claimed(), w.size());
  w.message_integrity(base::as_bytes("key"));
  EXPECT_EQ(claimed(), w.size());
  w.message_integrity_sha256(base::as_bytes("key"));
  EXPECT_EQ(claimed(), w.size());
  w.fingerprint();
  EXPECT_EQ(claimed(), w.size());
  EXPECT_EQ(w.finish().size(), w.size());
}

TEST_F(WriterTest, AMessageThatDoesNotFitIsNoMessageAndNothingIsWrittenPastTheBuffer) {
  const auto write_all = [](MessageWriter& w) {
    w.text(AttributeType::kSoftware, "a text");
    w.xor_address(AttributeType::kXorMappedAddress, *base::Endpoint::parse("[::1]:1"));
    w.error_code(ErrorCode::kBadRequest, "why");
    w.message_integrity(base::as_bytes("key"));
    w.message_integrity_sha256(base::as_bytes("key"));
    w.fingerprint();
  };
  auto whole = writer();
  write_all(whole);
  const size_t needed_bytes = whole.finish().size();
  ASSERT_GT(needed_bytes, 0u);
  for (size_t bytes = 0; bytes <= needed_bytes; ++bytes) {
    std::vector<uint8_t> tight(bytes);  // its own buffer: a sanitizer sees what is written past it
    MessageWriter w(tight, Method::kBinding, Class::kSuccess, kRfc5769Transaction.data());
    write_all(w);
    EXPECT_EQ(w.finish().size(), bytes == needed_bytes ? needed_bytes : 0) << bytes;
  }
}

TEST_F(WriterTest, AfterAFailureNothingMoreIsWrittenThoughItWouldFit) {
  std::vector<uint8_t> tight(kHeaderBytes + 8);
  MessageWriter w(tight, Method::kBinding, Class::kSuccess, kRfc5769Transaction.data());
  w.text(AttributeType::kSoftware, "too long for it");
  w.flag(AttributeType::kDontFragment);
  EXPECT_TRUE(w.finish().empty());
}

TEST_F(WriterTest, NoMessageIsLongerThanItsLengthFieldCanSay) {
  std::vector<uint8_t> large(200000);
  const std::vector<uint8_t> value(65528);
  MessageWriter fits(large, Method::kSend, Class::kIndication, kRfc5769Transaction.data());
  fits.attribute(AttributeType::kData, value);
  EXPECT_EQ(fits.finish().size(), kHeaderBytes + 65532);
  EXPECT_TRUE(Message::parse(fits.finish()));
  fits.flag(AttributeType::kDontFragment);
  EXPECT_TRUE(fits.finish().empty());
  MessageWriter too_long(large, Method::kSend, Class::kIndication, kRfc5769Transaction.data());
  too_long.attribute(AttributeType::kData, std::vector<uint8_t>(65536));
  EXPECT_TRUE(too_long.finish().empty());
}

TEST_F(WriterTest, EveryAddressIsReadBack) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 5000; ++i) {
    const auto ip = random() % 2 ? base::IpAddress::v4(static_cast<uint32_t>(random()))
                                 : base::IpAddress::v6(random(), random());
    const base::Endpoint endpoint{ip, static_cast<uint16_t>(random())};
    TransactionId transaction;
    for (uint8_t& octet : transaction) octet = static_cast<uint8_t>(random());
    MessageWriter w(buffer, Method::kCreatePermission, Class::kRequest, transaction.data());
    w.xor_address(AttributeType::kXorPeerAddress, endpoint);
    const auto message = Message::parse(w.finish());
    ASSERT_TRUE(message);
    ASSERT_EQ(message->xor_address(AttributeType::kXorPeerAddress), endpoint);
    ASSERT_EQ(message->transaction(), transaction);
  }
}

TEST_F(WriterTest, WhatTurnWritesIsReadBack) {
  auto w = writer(Method::kAllocate);
  w.even_port(true);
  w.reservation_token(0x0102030405060708);
  w.error_code(ErrorCode::kAllocationQuotaReached, "later");
  w.channel_number(ChannelNumber{0x4fff});
  const auto message = Message::parse(w.finish());
  EXPECT_EQ(message->octet(AttributeType::kEvenPort), 0x80);
  EXPECT_EQ(message->double_word(AttributeType::kReservationToken), 0x0102030405060708);
  EXPECT_EQ(message->error_code(), 486);
  EXPECT_EQ(message->word(AttributeType::kChannelNumber), 0x4fff0000);
}

}  // namespace
}  // namespace stun

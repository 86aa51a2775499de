// Attacks by octets: turn-facts part 3, items 24, 25, 27, 30, 45. Over every transport.
#include "stun/stream_framer.h"
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class OctetAttack : public OverTransport {};
INSTANTIATE_TEST_SUITE_P(Every, OctetAttack, kEveryTransport, name_of_run);

// The padding of every attribute, and what follows the payload of a Data indication.
void expect_zero_padding(const std::vector<uint8_t>& wire) {
  const auto message = stun::Message::parse(wire);
  ASSERT_TRUE(message);
  for (const auto& attribute : message->attributes()) {
    const size_t end = attribute.offset + 4 + attribute.value.size();
    for (size_t i = end; i < base::padded_to_4(end); ++i) EXPECT_EQ(wire[i], 0) << attribute.type;
  }
}

TEST_P(OctetAttack, Attack24_PaddingNeverHoldsWhatWasThereBefore) {  // CVE-2020-4067
  std::ranges::fill(world.scratch, 0xee);
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  client.login.nonce.clear();
  for (const auto& answer : {client.ask(TurnMessage(Method::kAllocate)), client.allocate(), client.refresh(),
                             client.request(Method::kRefresh, [](auto& m) { m.attribute(uint16_t{0x7f00}); }),
                             client.ask(TurnMessage(Method::kBinding))}) {
    std::ranges::fill(world.scratch, 0xee);
    expect_zero_padding(answer.bytes);
  }
  for (size_t bytes = 0; bytes < 9; ++bytes) {
    expect_zero_padding(client.from_peer(kPeer, std::vector<uint8_t>(bytes, 0xdd)).wire);
  }
}

TEST_P(OctetAttack, Attack25_OddLengthsAtOddAddresses) {  // CVE-2026-40613: run under UBSan's alignment check
  for (size_t shift = 0; shift < 4; ++shift) {
    for (size_t bytes = 0; bytes < 8; ++bytes) {
      TurnMessage message(Method::kRefresh);
      message.attribute(uint16_t{0xff05}, std::vector<uint8_t>(bytes, 1)).sign(client.login);
      std::vector<uint8_t> space(shift);
      const auto packet = message.bytes();
      space.insert(space.end(), packet.begin(), packet.end());
      EXPECT_EQ(Answer{client.send(base::Bytes(space).subspan(shift)).wire}.code(), 200);
    }
  }
}

TEST_P(OctetAttack, Attack30_TextOfAnyKindIsNoHarm) {
  const std::string texts[] = {"",
                               std::string(1, '\0'),
                               std::string("a\0b", 3),
                               "\xff\xfe\xc0\x80",
                               std::string(600, 'x'),
                               std::string(1000, 'x'),
                               "%n%s'\";--",
                               "\"\"",
                               "\"",
                               std::string(5, '\0')};
  for (const auto& text : texts) {
    for (const auto type : {AttributeType::kUsername, AttributeType::kRealm, AttributeType::kNonce,
                            AttributeType::kSoftware, AttributeType::kUserhash}) {
      world.advance(1s);
      TurnMessage message(Method::kRefresh);
      message.text(type, text).sign(client.login);
      EXPECT_THAT(client.ask(message).code(), testing::AnyOf(200, 400, 401, 438)) << text;
    }
  }
  EXPECT_TRUE(client.is_allocated());
}

TEST_P(OctetAttack, Attack30_FloodsOfUnknownAttributesGetAShortList) {
  TurnMessage message(Method::kRefresh);
  for (uint16_t i = 0; i < 27; ++i) message.attribute(static_cast<uint16_t>(0x7f00 + i));
  const auto answer = client.ask(message.sign(client.login));
  EXPECT_EQ(answer.code(), 420);
  EXPECT_EQ(answer.message().find(AttributeType::kUnknownAttributes)->value.size(), 16u);
  TurnMessage flood(Method::kRefresh);
  for (uint16_t i = 0; i < 300; ++i) flood.attribute(static_cast<uint16_t>(0x7000 + i));
  EXPECT_EQ(client.ask(flood.sign(client.login)).code(), Answer::kSilence);
}

TEST_P(OctetAttack, Attack45_LongRequestsAreDroppedBeforeAnyHash) {
  const auto refresh = [&](size_t bytes) {
    TurnMessage message(Method::kRefresh);
    return client.ask(message.text(AttributeType::kSoftware, std::string(bytes, 'x')).sign(client.login))
        .code();
  };
  EXPECT_EQ(refresh(1500), 200);
  EXPECT_EQ(refresh(2048), Answer::kSilence);
  EXPECT_EQ(refresh(60000), Answer::kSilence);
  EXPECT_EQ(world.dropped(Drop::kTooLarge), 2u);
}

TEST_P(OctetAttack, Attack45_BrokenFingerprintIsDroppedBeforeTheIntegrity) {
  TurnMessage message(Method::kRefresh);
  auto packet = message.sign(client.login).fingerprint().bytes();
  packet.back() ^= 1;
  EXPECT_TRUE(client.send(packet).nothing());
  EXPECT_EQ(world.dropped(Drop::kBadFingerprint), 1u);
}

TEST(FramingAttack, Attack27_LengthsNear65535WaitForTheirOctets) {  // once 0xffec + 20 wrapped to 0
  for (uint32_t length = 0xffe8; length <= 0xffff; ++length) {
    std::vector<uint8_t> stun{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, channel{0x40, 0, 0, 0, 0, 0, 0, 0};
    base::store_be16(stun.data() + 2, static_cast<uint16_t>(length));
    base::store_be16(channel.data() + 2, static_cast<uint16_t>(length));
    EXPECT_EQ(stun::next_frame(stun).has_value(), length % 4 == 0);
    ASSERT_TRUE(stun::next_frame(channel));
    EXPECT_FALSE(*stun::next_frame(channel));
    channel.resize(base::padded_to_4(4 + length) + 4);
    const auto frame = stun::next_frame(channel);
    EXPECT_EQ((*frame)->bytes.size(), 4 + length);
    EXPECT_EQ((*frame)->consumed_bytes, channel.size() - 4);  // the next frame is in step
  }
}

}  // namespace
}  // namespace relay

// From the client to the peer: Send indications and ChannelData (RFC 8656 §11.2, §12.6), over every
// transport.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class ToPeerTest : public OverTransport {
 protected:
  ToPeerTest() { EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200); }
  Outcome indication(const std::function<void(TurnMessage&)>& fill) {
    TurnMessage message(Method::kSend, Class::kIndication);
    fill(message);
    return client.send(message.bytes());
  }
};
INSTANTIATE_TEST_SUITE_P(Every, ToPeerTest, kEveryTransport, name_of_run);

TEST_P(ToPeerTest, PayloadLeavesTheRelayedAddressUntouched) {
  for (size_t bytes : {0, 1, 2, 3, 4, 5, 172, 1200, 1500}) {
    SCOPED_TRACE(bytes);
    const std::vector<uint8_t> payload(bytes, 0xab);
    for (const auto& outcome :
         {client.channel_data(0x4000, payload), client.send_indication(kPeer, payload)}) {
      ASSERT_TRUE(outcome.to_peer());
      EXPECT_EQ(outcome.payload, payload);
      EXPECT_EQ(outcome.wire, payload);
      EXPECT_EQ(outcome.peer, kPeer);
      EXPECT_FALSE(outcome.dont_fragment);
    }
  }
  EXPECT_EQ(client.allocation()->to_peers.packets.value(), 18u);
}

TEST_P(ToPeerTest, SendIndicationMayAskNotToFragment) {
  EXPECT_TRUE(indication([](auto& m) {
                m.peer(kPeer).attribute(AttributeType::kDontFragment).data(octets("x"));
              }).dont_fragment);
}

TEST_P(ToPeerTest, BadSendIndicationsAreDroppedInSilence) {  // §11.2, RFC 8489 §6.3.2
  const std::function<void(TurnMessage&)> bad[] = {
      [](auto& m) { m.peer(kPeer); },
      [](auto& m) { m.data(octets("x")); },
      [](auto& m) { m.peer({kPeer.ip, 0}).data(octets("x")); },
      [](auto& m) { m.peer(kOtherPeer).data(octets("x")); },
      [](auto& m) { m.peer(kPeer6).data(octets("x")); },
      [](auto& m) { m.attribute(AttributeType::kXorPeerAddress, octets("four")).data(octets("x")); },
      [](auto& m) { m.peer(kPeer).data(octets("x")).attribute(uint16_t{0x7f00}); },
      [](auto& m) { m.peer(kPeer).data(octets("x")).word(AttributeType::kFingerprint, 1); },
  };
  for (const auto& fill : bad) {
    const auto outcome = indication(fill);
    EXPECT_TRUE(outcome.nothing());
    EXPECT_TRUE(outcome.wire.empty());
  }
}

TEST_P(ToPeerTest, SendIndicationMayHaveAFingerprint) {  // Firefox adds one to each
  EXPECT_TRUE(indication([](auto& m) { m.peer(kPeer).data(octets("x")).fingerprint(); }).to_peer());
}

TEST_P(ToPeerTest, SendIndicationTakesThePortFromTheAttribute) {
  EXPECT_EQ(client.send_indication({kPeer.ip, 9}, octets("x")).peer.port, 9);
}

TEST_P(ToPeerTest, UnboundChannelsAreDropped) {
  for (const uint16_t number : {0x4001, 0x4fff}) {
    EXPECT_TRUE(client.channel_data(number, octets("x")).nothing());
  }
}

TEST_P(ToPeerTest, BetweenMinuteFiveAndTenTheChannelGoesOn) {  // the permission is dead, the binding is not
  world.advance(300s);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).to_peer());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).is_channel_data());
}

TEST_P(ToPeerTest, NothingIsRelayedWithoutAllocation) {
  EXPECT_EQ(client.refresh(0).code(), 200);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoAllocation), 2u);
}

TEST_P(ToPeerTest, OldKeepAlivesAreNeitherAnsweredNorCounted) {
  EXPECT_TRUE(client.send(TurnMessage(Method::kBinding, Class::kIndication).bytes()).nothing());
  EXPECT_EQ(world.dropped(Drop::kIndication), 0u);
}

class DatagramToPeerTest : public ToPeerTest {};
INSTANTIATE_TEST_SUITE_P(Every, DatagramToPeerTest, testing::Values(Transport::kUdp, Transport::kDtls),
                         name_of_run);

TEST_P(DatagramToPeerTest,
       PaddingOfChannelDataIsAcceptedAndNotRelayed) {  // §12.5: some clients pad everywhere
  for (size_t padding = 0; padding < 4; ++padding) {
    auto packet = support::channel_data(0x4000, octets("voice"));
    packet.resize(packet.size() + padding);
    EXPECT_EQ(client.send(packet).payload, octets("voice"));
  }
}

TEST_P(DatagramToPeerTest, LengthBeyondTheDatagramIsDropped) {  // §12.6
  auto packet = support::channel_data(0x4000, octets("voice"));
  packet[3]++;
  EXPECT_TRUE(client.send(packet).nothing());
  for (size_t bytes = 0; bytes < 4; ++bytes) {
    EXPECT_TRUE(client.send(base::Bytes(packet).first(bytes)).nothing());
  }
  EXPECT_EQ(world.dropped(Drop::kMalformed), 5u);
}

TEST_P(DatagramToPeerTest, OctetsOfOtherProtocolsAreDropped) {  // RFC 7983
  for (const int first : {4, 16, 22, 63, 80, 127, 128, 191, 192, 255}) {
    const std::vector<uint8_t> packet(24, static_cast<uint8_t>(first));
    EXPECT_TRUE(client.send(packet).nothing());
  }
}

}  // namespace
}  // namespace relay

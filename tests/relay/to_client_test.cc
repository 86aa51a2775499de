// From the peer to the client: Data indications, ChannelData and ICMP (RFC 8656 §11.4, §11.6, §12.7).
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class ToClientTest : public OverTransport {
 protected:
  ToClientTest() { EXPECT_EQ(client.permit({kPeer}).code(), 200); }
};
INSTANTIATE_TEST_SUITE_P(Every, ToClientTest, kEveryTransport, name_of_run);

TEST_P(ToClientTest, WithoutChannelItIsADataIndication) {
  for (const size_t bytes : {0, 1, 2, 3, 4, 172, 1200}) {
    SCOPED_TRACE(bytes);
    const std::vector<uint8_t> payload(bytes, 0xcd);
    const auto outcome = client.from_peer(kPeer, payload);
    ASSERT_TRUE(outcome.to_client());
    EXPECT_EQ(outcome.client, client.path.tuple);
    const auto message = stun::Message::parse(outcome.wire);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->method(), Method::kData);
    EXPECT_EQ(message->message_class(), Class::kIndication);
    EXPECT_EQ(message->xor_address(AttributeType::kXorPeerAddress), kPeer);
    EXPECT_EQ(support::copy_of(message->find(AttributeType::kData)->value), payload);
    EXPECT_EQ(message->attributes().size(), 2u);
    for (size_t i = 36 + bytes; i < outcome.wire.size(); ++i) EXPECT_EQ(outcome.wire[i], 0);
  }
}

TEST_P(ToClientTest, WithChannelItIsChannelDataAndPaddedOnStreamsOnly) {  // §12.5
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  const bool stream = is_stream(GetParam());
  for (const size_t bytes : {0, 1, 2, 3, 4, 5, 1200, 1499}) {
    SCOPED_TRACE(bytes);
    const std::vector<uint8_t> payload(bytes, 0xcd);
    const auto outcome = client.from_peer(kPeer, payload);
    auto expected = support::channel_data(0x4000, payload);
    if (stream) expected.resize(base::padded_to_4(expected.size()));
    EXPECT_EQ(outcome.wire, expected);
  }
}

TEST_P(ToClientTest, AnotherPortOfTheSameAddressIsNotTheChannel) {  // §12.7: the full address
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  const base::Endpoint other{kPeer.ip, 7001};
  const auto outcome = client.from_peer(other, octets("x"));
  ASSERT_TRUE(outcome.to_client());
  ASSERT_FALSE(outcome.is_channel_data());
  EXPECT_EQ(outcome.message().xor_address(AttributeType::kXorPeerAddress), other);
}

TEST_P(ToClientTest, StrangersAreDropped) {
  EXPECT_TRUE(client.from_peer(kOtherPeer, octets("x")).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoPermission), 1u);
  EXPECT_EQ(client.allocation()->to_client.packets.value(), 0u);
}

TEST_P(ToClientTest, LargeDatagramsWithoutChannelAreForDatagramClientsOnly) {  // Firefox's stream buffer
  const std::vector<uint8_t> large(1901), largest_for_streams(1900);
  EXPECT_TRUE(client.from_peer(kPeer, largest_for_streams).to_client());
  EXPECT_EQ(client.from_peer(kPeer, large).to_client(), !is_stream(GetParam()));
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(client.from_peer(kPeer, large).to_client());
}

TEST_P(ToClientTest, WhatNoMessageCanHoldIsDropped) {  // 16 bits of length, over IPv6 too
  EXPECT_EQ(client.refresh(0).code(), 200);
  EXPECT_EQ(client.allocate([](auto& m) { m.additional(base::Family::kIpv6); }).code(), 200);
  EXPECT_EQ(client.permit({kPeer, kPeer6}).code(), 200);
  for (const auto& peer : {kPeer, kPeer6}) {
    for (const size_t bytes : {65500, 65507, 65515, 65520, 65527, 65535}) {
      SCOPED_TRACE(peer.to_string() + " sends " + std::to_string(bytes));
      const auto outcome = client.from_peer(peer, std::vector<uint8_t>(bytes));
      EXPECT_EQ(outcome.to_client(), !outcome.wire.empty() && stun::Message::parse(outcome.wire).has_value());
    }
  }
}

TEST_P(ToClientTest, IndicationsHaveTransactionIdsOfTheirOwn) {
  const auto first = client.from_peer(kPeer, octets("x"));
  const auto second = client.from_peer(kPeer, octets("x"));
  EXPECT_NE(first.message().transaction(), second.message().transaction());
}

struct IcmpCase {
  const char* what;
  IcmpError error;
  const char* value;
};

TEST_P(ToClientTest, IcmpErrorsReachTheClient) {  // §11.5, §18.13: seven bits of type, nine of code
  const IcmpCase cases[] = {{"port unreachable", {3, 3, 0}, "0000060300000000"},
                            {"fragmentation needed", {3, 4, 1400}, "0000060400000578"},
                            {"time exceeded", {11, 0, 0}, "0000160000000000"},
                            {"ICMPv6 packet too big", {2, 0, 1280}, "0000040000000500"}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    const auto outcome = client.icmp(kPeer, test.error);
    ASSERT_TRUE(outcome.to_client());
    const auto message = outcome.message();
    EXPECT_EQ(message.method(), Method::kData);
    EXPECT_EQ(message.xor_address(AttributeType::kXorPeerAddress), kPeer);
    EXPECT_FALSE(message.has(AttributeType::kData));
    EXPECT_EQ(support::to_hex(message.find(AttributeType::kIcmp)->value), test.value);
  }
}

// A count over all clients of a worker would tell each how much the others receive.
TEST_P(ToClientTest, TransactionIdsSayNothingOfOtherClients) {
  TurnClient other(world, "bob", GetParam(), at("198.51.100.2:5000"));
  EXPECT_EQ(other.allocate().code(), 200);
  EXPECT_EQ(other.permit({kPeer}).code(), 200);
  const auto next_id = [&](TurnClient& receiver, const base::Endpoint& peer) {
    return receiver.from_peer(peer, octets("x")).message().transaction();
  };
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  const auto first = next_id(client, kPeer);
  for (int i = 0; i < 100; ++i) next_id(other, kPeer);
  const auto second = next_id(client, kPeer);
  EXPECT_EQ(base::load_be64(second.data() + 4), base::load_be64(first.data() + 4) + 1);
}

TEST_P(ToClientTest, IcmpErrorsAboutStrangersDoNot) {
  EXPECT_TRUE(client.icmp(kOtherPeer, {3, 3, 0}).nothing());
}

}  // namespace
}  // namespace relay

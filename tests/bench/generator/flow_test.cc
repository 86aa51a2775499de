#include "bench/generator/flow.h"

#include <gtest/gtest.h>

#include "stun/channel_data.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace bench::generator {
namespace {

const base::Endpoint kPeer = *base::Endpoint::parse("192.0.2.9:4000");

std::vector<uint8_t> joined(std::vector<uint8_t> header, const std::vector<uint8_t>& payload) {
  header.insert(header.end(), payload.begin(), payload.end());
  return header;
}

TEST(FlowTest, ChannelDataHeaderAndPayloadAreOneMessage) {
  const std::vector<uint8_t> payload(161, 0xab);
  const auto message = joined(channel_data_header(payload.size()), payload);
  const auto parsed = stun::parse_channel_data(message);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->channel, kChannel);
  EXPECT_EQ(std::vector(parsed->data.begin(), parsed->data.end()), payload);
}

TEST(FlowTest, SendIndicationHeaderAndPayloadAreOneMessage) {
  const std::vector<uint8_t> payload(160, 0xab);
  const auto bytes = joined(send_indication_header(kPeer, payload.size()), payload);
  const auto message = stun::Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), stun::Method::kSend);
  EXPECT_EQ(message->message_class(), stun::Class::kIndication);
  EXPECT_EQ(message->xor_address(stun::AttributeType::kXorPeerAddress), kPeer);
  const auto* const data = message->find(stun::AttributeType::kData);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(std::vector(data->value.begin(), data->value.end()), payload);
}

TEST(FlowTest, PayloadComesOutOfChannelDataAndDataIndications) {
  const std::vector<uint8_t> payload(164, 0xcd);
  const auto channel_data = joined(channel_data_header(payload.size()), payload);
  EXPECT_EQ(payload_from_relay(channel_data).size(), payload.size());
  std::vector<uint8_t> buffer(512);
  const stun::TransactionId transaction{};
  stun::MessageWriter writer(buffer, stun::Method::kData, stun::Class::kIndication, transaction.data());
  writer.xor_address(stun::AttributeType::kXorPeerAddress, kPeer);
  writer.attribute(stun::AttributeType::kData, payload);
  const auto data = payload_from_relay(writer.finish());
  EXPECT_EQ(std::vector(data.begin(), data.end()), payload);
}

TEST(FlowTest, NothingComesOutOfAnotherChannelOrMessage) {
  auto other_channel = joined(channel_data_header(4), {1, 2, 3, 4});
  other_channel[1] = 1;
  EXPECT_TRUE(payload_from_relay(other_channel).empty());
  const auto not_data = joined(send_indication_header(kPeer, 4), {1, 2, 3, 4});
  EXPECT_TRUE(payload_from_relay(not_data).empty());
  EXPECT_TRUE(payload_from_relay({}).empty());
}

}  // namespace
}  // namespace bench::generator

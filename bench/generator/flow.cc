#include "bench/generator/flow.h"

#include "stun/channel_data.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace bench::generator {

std::vector<uint8_t> channel_data_header(size_t payload_bytes) {
  std::vector<uint8_t> header(stun::kChannelDataHeaderBytes);
  stun::write_channel_data_header(header.data(), kChannel, payload_bytes);
  return header;
}

// Written whole and cut before the payload, which is the last attribute's value.
std::vector<uint8_t> send_indication_header(const base::Endpoint& peer, size_t payload_bytes) {
  const stun::TransactionId transaction{'i', 'n', 'd', 'i', 'c',
                                        'a', 't', 'i', 'o', 'n'};  // answered by nobody
  std::vector<uint8_t> message(payload_bytes + 128);
  stun::MessageWriter writer(message, stun::Method::kSend, stun::Class::kIndication, transaction.data());
  writer.xor_address(stun::AttributeType::kXorPeerAddress, peer);
  writer.attribute(stun::AttributeType::kData, std::vector<uint8_t>(payload_bytes));
  message.resize(writer.size() - payload_bytes);
  return message;
}

base::Bytes payload_from_relay(base::Bytes datagram) {
  if (const auto channel_data = stun::parse_channel_data(datagram))
    return channel_data->channel == kChannel ? channel_data->data : base::Bytes{};
  const auto message = stun::Message::parse(datagram);
  if (!message || message->method() != stun::Method::kData) return {};
  const auto* const data = message->find(stun::AttributeType::kData);
  return data ? data->value : base::Bytes{};
}

}  // namespace bench::generator

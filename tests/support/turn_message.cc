#include "tests/support/turn_message.h"

#include "stun/channel_data.h"
#include "stun/password_algorithms.h"
#include "tests/support/hex.h"

namespace support {
namespace {

using stun::AttributeType;

constexpr size_t kSpaceBytes = 70000;
uint64_t last_transaction = 1'000'000;

}  // namespace

stun::TransactionId transaction_of(uint64_t number) {
  stun::TransactionId id{};
  base::store_be64(id.data() + 4, number);
  return id;
}

TurnMessage::TurnMessage(stun::Method method, stun::Class message_class)
    : TurnMessage(method, ++last_transaction, message_class) {}

TurnMessage::TurnMessage(stun::Method method, uint64_t transaction, stun::Class message_class)
    : space_(kSpaceBytes), writer_(space_, method, message_class, transaction_of(transaction).data()) {}

TurnMessage& TurnMessage::attribute(AttributeType type, base::Bytes value) {
  writer_.attribute(type, value);
  return *this;
}
TurnMessage& TurnMessage::attribute(uint16_t type, base::Bytes value) {
  return attribute(AttributeType{type}, value);
}
TurnMessage& TurnMessage::text(AttributeType type, std::string_view value) {
  return attribute(type, base::as_bytes(value));
}
TurnMessage& TurnMessage::word(AttributeType type, uint32_t value) {
  writer_.word(type, value);
  return *this;
}
TurnMessage& TurnMessage::peer(const base::Endpoint& peer) {
  writer_.xor_address(AttributeType::kXorPeerAddress, peer);
  return *this;
}
TurnMessage& TurnMessage::transport(uint8_t protocol) {
  return word(AttributeType::kRequestedTransport, uint32_t{protocol} << 24);
}
TurnMessage& TurnMessage::lifetime(uint32_t seconds) { return word(AttributeType::kLifetime, seconds); }
TurnMessage& TurnMessage::family(base::Family family) {
  return word(AttributeType::kRequestedAddressFamily, static_cast<uint32_t>(family) << 24);
}
TurnMessage& TurnMessage::additional(base::Family family) {
  return word(AttributeType::kAdditionalAddressFamily, static_cast<uint32_t>(family) << 24);
}
TurnMessage& TurnMessage::even_port(bool reserve_next) {
  const std::array<uint8_t, 1> value{static_cast<uint8_t>(reserve_next ? 0x80 : 0)};
  return attribute(AttributeType::kEvenPort, value);
}
TurnMessage& TurnMessage::token(base::Bytes token) {
  return attribute(AttributeType::kReservationToken, token);
}
TurnMessage& TurnMessage::channel(uint16_t number) {
  return word(AttributeType::kChannelNumber, uint32_t{number} << 16);
}
TurnMessage& TurnMessage::data(base::Bytes payload) { return attribute(AttributeType::kData, payload); }
TurnMessage& TurnMessage::fingerprint() {
  writer_.fingerprint();
  return *this;
}

TurnMessage& TurnMessage::name(const Login& login) {
  text(AttributeType::kUsername, login.username);
  text(AttributeType::kRealm, login.realm);
  return text(AttributeType::kNonce, login.nonce);
}
TurnMessage& TurnMessage::integrity(base::Bytes key) {
  writer_.message_integrity(key);
  return *this;
}
TurnMessage& TurnMessage::integrity_sha256(base::Bytes key) {
  writer_.message_integrity_sha256(key);
  return *this;
}
TurnMessage& TurnMessage::sign(const Login& login) { return name(login).integrity(login.keys().md5); }
TurnMessage& TurnMessage::sign_sha256(const Login& login) {
  name(login).password_algorithms().password_algorithm(stun::PasswordAlgorithm::kSha256);
  return integrity_sha256(login.keys().sha256);
}
TurnMessage& TurnMessage::password_algorithm(stun::PasswordAlgorithm algorithm) {
  return attribute(AttributeType::kPasswordAlgorithm, stun::password_algorithm_value(algorithm));
}
TurnMessage& TurnMessage::password_algorithms() {
  return attribute(AttributeType::kPasswordAlgorithms, stun::kOfferedPasswordAlgorithms);
}

std::vector<uint8_t> TurnMessage::bytes() const { return copy_of(writer_.finish()); }

std::vector<uint8_t> channel_data(uint16_t number, base::Bytes payload) {
  std::vector<uint8_t> packet(stun::kChannelDataHeaderBytes);
  stun::write_channel_data_header(packet.data(), stun::ChannelNumber{number}, payload.size());
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

std::vector<uint8_t> send_indication(const base::Endpoint& peer, base::Bytes payload) {
  return TurnMessage(stun::Method::kSend, stun::Class::kIndication).peer(peer).data(payload).bytes();
}

}  // namespace support

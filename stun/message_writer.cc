#include "stun/message_writer.h"

#include <cstring>

#include "stun/integrity.h"

namespace stun {
namespace {

constexpr size_t kLargestMessageBytes = kHeaderBytes + 65532;  // the length field is a multiple of four

// The first four octets of MAPPED-ADDRESS and its xor-ed relatives.
void write_address_prefix(uint8_t* to, base::Family family, uint16_t port) {
  to[0] = 0;
  to[1] = static_cast<uint8_t>(family);
  base::store_be16(to + 2, port);
}

// Class and number of an error (RFC 8489 §14.8).
void write_error_code(uint8_t* to, ErrorCode code) {
  to[0] = static_cast<uint8_t>(static_cast<uint16_t>(code) / 100);
  to[1] = static_cast<uint8_t>(static_cast<uint16_t>(code) % 100);
}

}  // namespace

void write_xor_address(uint8_t* to, const base::Endpoint& endpoint, const uint8_t* transaction_id) {
  write_address_prefix(to, endpoint.ip.family, static_cast<uint16_t>(endpoint.port ^ kMagicCookie >> 16));
  if (endpoint.ip.is_v4()) {
    base::store_be32(to + 4, static_cast<uint32_t>(endpoint.ip.lo) ^ kMagicCookie);
    return;
  }
  base::store_be64(to + 4, endpoint.ip.hi ^ (uint64_t{kMagicCookie} << 32 | base::load_be32(transaction_id)));
  base::store_be64(to + 12, endpoint.ip.lo ^ base::load_be64(transaction_id + 4));
}

MessageWriter::MessageWriter(base::MutableBytes buffer, Method method, Class message_class,
                             const uint8_t* transaction_id)
    : buffer_(buffer), failed_(buffer.size() < kHeaderBytes) {
  if (failed_) return;
  base::store_be16(buffer_.data(), message_type(method, message_class));
  base::store_be16(buffer_.data() + 2, 0);
  base::store_be32(buffer_.data() + 4, kMagicCookie);
  std::memcpy(buffer_.data() + 8, transaction_id, std::tuple_size_v<TransactionId>);
  size_ = kHeaderBytes;
}

uint8_t* MessageWriter::append(AttributeType type, size_t bytes) {
  const size_t after = size_ + kAttributeHeaderBytes + base::padded_to_4(bytes);
  failed_ = failed_ || after > buffer_.size() || after > kLargestMessageBytes;
  if (failed_) return nullptr;
  uint8_t* header = buffer_.data() + size_;
  base::store_be16(header, static_cast<uint16_t>(type));
  base::store_be16(header + 2, static_cast<uint16_t>(bytes));
  // The last word first: what the value does not cover of it is the padding.
  if (bytes % 4 != 0) base::store_be32(buffer_.data() + after - 4, 0);
  size_ = after;
  base::store_be16(buffer_.data() + 2, static_cast<uint16_t>(size_ - kHeaderBytes));
  return header + kAttributeHeaderBytes;
}

void MessageWriter::attribute(AttributeType type, base::Bytes value) {
  uint8_t* to = append(type, value.size());
  if (to != nullptr && !value.empty()) std::memcpy(to, value.data(), value.size());
}

void MessageWriter::word(AttributeType type, uint32_t value) {
  if (uint8_t* to = append(type, 4)) base::store_be32(to, value);
}

void MessageWriter::xor_address(AttributeType type, const base::Endpoint& endpoint) {
  if (uint8_t* to = append(type, address_value_bytes(endpoint.ip.family))) {
    write_xor_address(to, endpoint, buffer_.data() + 8);
  }
}

void MessageWriter::address(AttributeType type, const base::Endpoint& endpoint) {
  uint8_t* to = append(type, address_value_bytes(endpoint.ip.family));
  if (to == nullptr) return;
  write_address_prefix(to, endpoint.ip.family, endpoint.port);
  if (endpoint.ip.is_v4()) {
    base::store_be32(to + 4, static_cast<uint32_t>(endpoint.ip.lo));
    return;
  }
  base::store_be64(to + 4, endpoint.ip.hi);
  base::store_be64(to + 12, endpoint.ip.lo);
}

void MessageWriter::error_code(ErrorCode code, std::string_view reason) {
  uint8_t* to = append(AttributeType::kErrorCode, 4 + reason.size());
  if (to == nullptr) return;
  base::store_be16(to, 0);
  write_error_code(to + 2, code);
  reason.copy(reinterpret_cast<char*>(to + 4), reason.size());
}

void MessageWriter::address_error_code(base::Family family, ErrorCode code, std::string_view reason) {
  uint8_t* to = append(AttributeType::kAddressErrorCode, 4 + reason.size());
  if (to == nullptr) return;
  to[0] = static_cast<uint8_t>(family);
  to[1] = 0;
  write_error_code(to + 2, code);
  reason.copy(reinterpret_cast<char*>(to + 4), reason.size());
}

void MessageWriter::unknown_attributes(std::span<const uint16_t> types) {
  uint8_t* to = append(AttributeType::kUnknownAttributes, 2 * types.size());
  if (to == nullptr) return;
  for (size_t i = 0; i < types.size(); ++i) base::store_be16(to + 2 * i, types[i]);
}

void MessageWriter::channel_number(ChannelNumber channel) {
  word(AttributeType::kChannelNumber, uint32_t{static_cast<uint16_t>(channel)} << 16);
}

void MessageWriter::requested_transport(uint8_t protocol) {
  word(AttributeType::kRequestedTransport, uint32_t{protocol} << 24);
}

void MessageWriter::address_family(AttributeType type, base::Family family) {
  word(type, uint32_t{static_cast<uint8_t>(family)} << 24);
}

void MessageWriter::even_port(bool reserve_next) {
  if (uint8_t* to = append(AttributeType::kEvenPort, 1)) *to = reserve_next ? 0x80 : 0;
}

void MessageWriter::reservation_token(uint64_t token) {
  if (uint8_t* to = append(AttributeType::kReservationToken, 8)) base::store_be64(to, token);
}

void MessageWriter::icmp(uint8_t type, uint8_t code, uint32_t error_data) {
  uint8_t* to = append(AttributeType::kIcmp, 8);
  if (to == nullptr) return;
  // Sixteen bits reserved, seven of type, nine of code (figure 11).
  base::store_be32(to, (uint32_t{type} & 0x7f) << 9 | code);
  base::store_be32(to + 4, error_data);
}

void MessageWriter::message_integrity(base::Bytes key) {
  const size_t covered_bytes = size_;
  uint8_t* to = append(AttributeType::kMessageIntegrity, std::tuple_size_v<Sha1Digest>);
  if (to == nullptr) return;
  const Sha1Digest digest = hmac_sha1(key, buffer_.first(covered_bytes));
  std::memcpy(to, digest.data(), digest.size());
}

void MessageWriter::message_integrity_sha256(base::Bytes key) {
  const size_t covered_bytes = size_;
  uint8_t* to = append(AttributeType::kMessageIntegritySha256, std::tuple_size_v<Sha256Digest>);
  if (to == nullptr) return;
  const Sha256Digest digest = hmac_sha256(key, buffer_.first(covered_bytes));
  std::memcpy(to, digest.data(), digest.size());
}

void MessageWriter::fingerprint() {
  const size_t covered_bytes = size_;
  uint8_t* to = append(AttributeType::kFingerprint, 4);
  if (to != nullptr) base::store_be32(to, crc32(buffer_.first(covered_bytes)) ^ kFingerprintXor);
}

base::Bytes MessageWriter::finish() const { return failed_ ? base::Bytes{} : buffer_.first(size_); }

}  // namespace stun

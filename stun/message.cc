#include "stun/message.h"

#include <memory>

namespace stun {
namespace {

bool has_stun_header(base::Bytes bytes) {
  return (bytes[0] & 0xc0) == 0 && base::load_be32(bytes.data() + 4) == kMagicCookie &&
         base::load_be16(bytes.data() + 2) % 4 == 0;
}

constexpr bool is(uint16_t type, AttributeType expected) { return type == static_cast<uint16_t>(expected); }

}  // namespace

bool looks_like_stun(base::Bytes bytes) { return bytes.size() >= kHeaderBytes && has_stun_header(bytes); }

std::expected<Message, ParseError> Message::parse(base::Bytes bytes) {
  if (bytes.size() < kHeaderBytes) return std::unexpected(ParseError::kTruncated);
  if (!has_stun_header(bytes)) return std::unexpected(ParseError::kNotStun);
  const size_t claimed_bytes = kHeaderBytes + base::load_be16(bytes.data() + 2);
  if (claimed_bytes > bytes.size()) return std::unexpected(ParseError::kTruncated);
  if (claimed_bytes < bytes.size()) return std::unexpected(ParseError::kTrailingBytes);

  return parse_body(bytes);
}

// One variable, built in place and returned by every path: a Message is so large that a copy would cost more
// than the parsing.
std::expected<Message, ParseError> Message::parse_body(base::Bytes bytes) {
  std::expected<Message, ParseError> result(std::in_place, Maker{}, bytes);
  if (const auto error = result->collect_attributes()) result = std::unexpected(*error);
  return result;
}

std::optional<ParseError> Message::collect_attributes() {
  size_t seen = 0;
  bool sha1_seen = false;
  bool sha256_seen = false;
  // The length is a multiple of four and so is every step: a header is always whole, and padding always fits.
  for (size_t at = kHeaderBytes; at < bytes_.size();) {
    const uint16_t type = base::load_be16(bytes_.data() + at);
    const size_t value_bytes = base::load_be16(bytes_.data() + at + 2);
    const size_t value_at = at + kAttributeHeaderBytes;
    if (value_bytes > bytes_.size() - value_at) return ParseError::kBadAttribute;
    if (++seen > kMaxAttributes) return ParseError::kTooManyAttributes;
    const bool counts = (!sha1_seen && !sha256_seen) || is(type, AttributeType::kFingerprint) ||
                        (!sha256_seen && is(type, AttributeType::kMessageIntegritySha256));
    if (counts) {
      std::construct_at(&attributes_[count_++],
                        Attribute{type, static_cast<uint16_t>(at), bytes_.subspan(value_at, value_bytes)});
    }
    sha1_seen |= is(type, AttributeType::kMessageIntegrity);
    sha256_seen |= is(type, AttributeType::kMessageIntegritySha256);
    at = value_at + base::padded_to_4(value_bytes);
  }
  return std::nullopt;
}

TransactionId Message::transaction() const {
  TransactionId id;
  std::memcpy(id.data(), transaction_id(), id.size());
  return id;
}

const Attribute* Message::find(AttributeType type) const {
  for (const Attribute& attribute : attributes()) {
    if (is(attribute.type, type)) return &attribute;
  }
  return nullptr;
}

std::optional<uint8_t> Message::octet(AttributeType type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr || attribute->value.size() != 1) return std::nullopt;
  return attribute->value[0];
}

std::optional<uint32_t> Message::word(AttributeType type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr || attribute->value.size() != 4) return std::nullopt;
  return base::load_be32(attribute->value.data());
}

std::optional<uint64_t> Message::double_word(AttributeType type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr || attribute->value.size() != 8) return std::nullopt;
  return base::load_be64(attribute->value.data());
}

std::optional<std::string_view> Message::text(AttributeType type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr) return std::nullopt;
  return base::as_text(attribute->value);
}

std::optional<uint16_t> Message::error_code() const {
  const Attribute* attribute = find(AttributeType::kErrorCode);
  if (attribute == nullptr || attribute->value.size() < 4) return std::nullopt;
  const int hundreds = attribute->value[2] & 7;
  const int number = attribute->value[3];
  if (hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
  return static_cast<uint16_t>(100 * hundreds + number);
}

std::optional<base::Endpoint> Message::xor_address(AttributeType type) const {
  const Attribute* attribute = find(type);
  if (attribute == nullptr) return std::nullopt;
  return decode_xor_address(*attribute);
}

std::optional<base::Endpoint> Message::decode_xor_address(const Attribute& attribute) const {
  const base::Bytes value = attribute.value;
  if (value.size() < 4) return std::nullopt;
  const uint8_t family = value[1];  // value[0] is reserved: ignored, whatever it holds (RFC 8489 §14.1)
  const auto port = static_cast<uint16_t>(base::load_be16(value.data() + 2) ^ kMagicCookie >> 16);
  if (family == static_cast<uint8_t>(base::Family::kIpv4) && value.size() == 8) {
    return base::Endpoint{base::IpAddress::v4(base::load_be32(value.data() + 4) ^ kMagicCookie), port};
  }
  if (family == static_cast<uint8_t>(base::Family::kIpv6) && value.size() == 20) {
    // The mask is the cookie followed by the transaction ID, as they stand in the header.
    return base::Endpoint{
        base::IpAddress::v6(base::load_be64(value.data() + 4) ^ base::load_be64(bytes_.data() + 4),
                            base::load_be64(value.data() + 12) ^ base::load_be64(bytes_.data() + 12)),
        port};
  }
  return std::nullopt;
}

}  // namespace stun

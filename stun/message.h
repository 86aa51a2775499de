// One received STUN message as views into its buffer (RFC 8489 §5, §14).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "stun/wire.h"

namespace stun {

enum class ParseError : uint8_t {
  kTruncated,         // shorter than its header or its length field says
  kTrailingBytes,     // longer than its length field says (a datagram must be exactly one message)
  kNotStun,           // leading bits, magic cookie or length multiple of four are wrong
  kBadAttribute,      // an attribute runs past the end of the message
  kTooManyAttributes  // more than kMaxAttributes: nobody honest needs them
};

struct Attribute {
  uint16_t type = 0;
  base::Bytes value;       // without header and padding; a view into the message
  uint16_t offset = 0;     // of the attribute's header from the start of the message
};

// Attributes are indexed while parsing, first occurrence wins (RFC 8489 §14: duplicates are ignored), and those that
// follow MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 are left out, except the integrity and fingerprint
// attributes themselves (§14.5, §14.6): nothing that an on-path attacker appends may take effect.
class Message {
 public:
  static constexpr size_t kMaxAttributes = 32;

  // Parses `bytes`, which must be exactly one message. Does not allocate; the result points into `bytes`.
  [[nodiscard]] static std::expected<Message, ParseError> parse(base::Bytes bytes);

  [[nodiscard]] Method method() const { return method_of(type_); }
  [[nodiscard]] Class message_class() const { return class_of(type_); }
  [[nodiscard]] const uint8_t* transaction_id() const { return bytes_.data() + 8; }
  [[nodiscard]] TransactionId transaction() const;
  [[nodiscard]] base::Bytes bytes() const { return bytes_; }

  // The first attribute of that type, or nullptr.
  [[nodiscard]] const Attribute* find(AttributeType type) const;
  [[nodiscard]] bool has(AttributeType type) const { return find(type) != nullptr; }
  // Every attribute in order, duplicates included (CreatePermission carries several XOR-PEER-ADDRESS).
  [[nodiscard]] std::span<const Attribute> attributes() const { return {attributes_.data(), count_}; }

  // Typed reads of the first attribute of that type. nullopt: absent, or its length is wrong for the type; has()
  // tells the two apart.
  [[nodiscard]] std::optional<uint32_t> word(AttributeType type) const;     // 4 octets
  [[nodiscard]] std::optional<std::string_view> text(AttributeType type) const;
  [[nodiscard]] std::optional<base::Endpoint> xor_address(AttributeType type) const;
  [[nodiscard]] std::optional<base::Endpoint> decode_xor_address(const Attribute& attribute) const;

 private:
  base::Bytes bytes_;
  uint16_t type_ = 0;
  uint8_t count_ = 0;
  std::array<Attribute, kMaxAttributes> attributes_;  // the first count_ are valid
};

// True if the leading bits, the magic cookie and the length field look like a STUN header. For demultiplexing.
[[nodiscard]] bool looks_like_stun(base::Bytes bytes);

}  // namespace stun

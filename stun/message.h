// One received STUN message as views into its buffer (RFC 8489 §5, §14).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
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
  uint16_t offset = 0;  // of the attribute's header from the start of the message
  base::Bytes value;    // without header and padding; a view into the message
};

// Attributes are collected while parsing; of several of one type find() gives the first (RFC 8489 §14: the
// others are ignored). Behind MESSAGE-INTEGRITY only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT are kept,
// behind MESSAGE-INTEGRITY-SHA256 only FINGERPRINT (§14.5, §14.6): nothing that an on-path attacker appends
// may take effect.
class Message {
 public:
  static constexpr size_t kMaxAttributes = 32;

  // Only parse() can make one.
  class Maker {
    friend class Message;
    Maker() = default;
  };
  Message(Maker, base::Bytes bytes) : bytes_(bytes), type_(base::load_be16(bytes.data())) {}

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
  [[nodiscard]] std::span<const Attribute> attributes() const { return {attributes_, count_}; }

  // Typed reads of the first attribute of that type. nullopt: absent, or its length is wrong for the type;
  // has() tells the two apart.
  [[nodiscard]] std::optional<uint8_t> octet(AttributeType type) const;         // 1 octet: EVEN-PORT
  [[nodiscard]] std::optional<uint32_t> word(AttributeType type) const;         // 4 octets: LIFETIME
  [[nodiscard]] std::optional<uint64_t> double_word(AttributeType type) const;  // 8 octets: RESERVATION-TOKEN
  [[nodiscard]] std::optional<std::string_view> text(AttributeType type) const;
  [[nodiscard]] std::optional<uint16_t> error_code() const;  // 300..699, whatever the phrase says
  [[nodiscard]] std::optional<base::Endpoint> xor_address(AttributeType type) const;
  [[nodiscard]] std::optional<base::Endpoint> decode_xor_address(const Attribute& attribute) const;

 private:
  // Parses behind a header that is right.
  [[nodiscard]] static std::expected<Message, ParseError> parse_body(base::Bytes bytes);
  [[nodiscard]] std::optional<ParseError> collect_attributes();

  base::Bytes bytes_;
  uint16_t type_;
  uint8_t count_ = 0;
  // The first count_ are valid. In a union, so that a parse does not clear three quarters of a kilobyte
  // first.
  union {
    Attribute attributes_[kMaxAttributes];
  };
};

// True if the leading bits, the magic cookie and the length field look like a STUN header. For
// demultiplexing.
[[nodiscard]] bool looks_like_stun(base::Bytes bytes);

}  // namespace stun

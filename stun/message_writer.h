// Writes one STUN message into the caller's buffer, attribute by attribute, without allocating.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "stun/wire.h"

namespace stun {

// The length field is right after every call. When the buffer is too small the writer fails for good: it
// writes nothing more and finish() returns an empty span. Padding is zero (CVE-2020-4067: stale octets
// leaked).
class MessageWriter {
 public:
  MessageWriter(base::MutableBytes buffer, Method method, Class message_class, const uint8_t* transaction_id);

  void attribute(AttributeType type, base::Bytes value);
  void flag(AttributeType type) { attribute(type, {}); }
  void word(AttributeType type, uint32_t value);
  void text(AttributeType type, std::string_view value) { attribute(type, base::as_bytes(value)); }
  void xor_address(AttributeType type, const base::Endpoint& endpoint);  // RFC 8489 §14.2
  void address(AttributeType type, const base::Endpoint& endpoint);      // RFC 8489 §14.1
  void error_code(ErrorCode code, std::string_view reason = {});         // RFC 8489 §14.8
  void unknown_attributes(std::span<const uint16_t> types);              // RFC 8489 §14.13
  // What TURN adds (RFC 8656 §18).
  void channel_number(ChannelNumber channel);
  void requested_transport(uint8_t protocol);                    // kProtocolUdp or kProtocolTcp
  void address_family(AttributeType type, base::Family family);  // REQUESTED- and ADDITIONAL-ADDRESS-FAMILY
  void even_port(bool reserve_next);
  void reservation_token(uint64_t token);
  void address_error_code(base::Family family, ErrorCode code, std::string_view reason = {});
  // `error_data` is the next hop's MTU for "packet too big" and "fragmentation needed", else zero (§18.13).
  void icmp(uint8_t type, uint8_t code, uint32_t error_data);
  // HMAC-SHA1 over all before it (§14.5), HMAC-SHA256 (§14.6), CRC-32 (§14.7). Last of all, in this order.
  void message_integrity(base::Bytes key);
  void message_integrity_sha256(base::Bytes key);
  void fingerprint();

  [[nodiscard]] base::Bytes finish() const;  // the whole message; empty if it did not fit
  [[nodiscard]] size_t size() const { return size_; }

 private:
  // Room for `bytes` of value behind a written attribute header, padding zeroed; nullptr if there is none.
  uint8_t* append(AttributeType type, size_t bytes);

  base::MutableBytes buffer_;
  size_t size_ = 0;
  bool failed_ = false;
};

// The bytes an xor-ed address takes as attribute value: 8 or 20.
[[nodiscard]] constexpr size_t address_value_bytes(base::Family family) {
  return family == base::Family::kIpv4 ? 8 : 20;
}
// Writes an xor-ed address value at `to` (address_value_bytes() octets). `transaction_id`: 12 octets.
void write_xor_address(uint8_t* to, const base::Endpoint& endpoint, const uint8_t* transaction_id);

}  // namespace stun

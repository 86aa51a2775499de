#include "relay/data_indication.h"

#include "stun/message_writer.h"
#include "stun/wire.h"

namespace relay {

base::Bytes write_data_indication_header(base::MutableBytes scratch, const base::Endpoint& peer,
                                         size_t payload_bytes, uint64_t count) {
  const size_t address_bytes = stun::address_value_bytes(peer.ip.family);
  const size_t header_bytes = stun::kHeaderBytes + 4 + address_bytes + 4;
  uint8_t* const at = scratch.data();
  base::store_be16(at, stun::message_type(stun::Method::kData, stun::Class::kIndication));
  base::store_be16(
      at + 2, static_cast<uint16_t>(header_bytes - stun::kHeaderBytes + base::padded_to_4(payload_bytes)));
  base::store_be32(at + 4, stun::kMagicCookie);
  base::store_be32(at + 8, 0);
  base::store_be64(at + 12, count);
  uint8_t* const address = at + stun::kHeaderBytes;
  base::store_be16(address, static_cast<uint16_t>(stun::AttributeType::kXorPeerAddress));
  base::store_be16(address + 2, static_cast<uint16_t>(address_bytes));
  stun::write_xor_address(address + 4, peer, at + 8);
  uint8_t* const data = address + 4 + address_bytes;
  base::store_be16(data, static_cast<uint16_t>(stun::AttributeType::kData));
  base::store_be16(data + 2, static_cast<uint16_t>(payload_bytes));
  return scratch.first(header_bytes);
}

}  // namespace relay

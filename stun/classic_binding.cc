#include "stun/classic_binding.h"

#include <cstring>

#include "stun/wire.h"

namespace stun {
namespace {

constexpr size_t kTransactionAt = 4;  // sixteen octets, where the cookie stands today
constexpr size_t kMappedAddressBytes = 8;
constexpr uint16_t kBindingRequest = 0x0001;
constexpr uint16_t kBindingResponse = 0x0101;

bool is_harmless(uint16_t type, base::Bytes value) {
  if (!is_comprehension_required(type)) return true;
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::kUsername:
    case AttributeType::kMessageIntegrity:
      return true;
    case AttributeType::kChangeRequest:
      return value.size() == 4 && base::load_be32(value.data()) == 0;
    default:
      return false;
  }
}

}  // namespace

bool is_classic_binding(base::Bytes packet) {
  if (packet.size() < kHeaderBytes || packet.size() % 4 != 0) return false;
  if (base::load_be16(packet.data()) != kBindingRequest) return false;
  if (base::load_be16(packet.data() + 2) != packet.size() - kHeaderBytes) return false;
  if (base::load_be32(packet.data() + 4) == kMagicCookie) return false;
  for (size_t at = kHeaderBytes; at < packet.size();) {
    const size_t value_bytes = base::load_be16(packet.data() + at + 2);
    const size_t value_at = at + kAttributeHeaderBytes;
    if (value_bytes > packet.size() - value_at) return false;
    if (!is_harmless(base::load_be16(packet.data() + at), packet.subspan(value_at, value_bytes)))
      return false;
    at = value_at + base::padded_to_4(value_bytes);
  }
  return true;
}

base::Bytes write_classic_binding_success(base::MutableBytes space, base::Bytes request,
                                          const base::Endpoint& client) {
  constexpr size_t kBytes = kHeaderBytes + kAttributeHeaderBytes + kMappedAddressBytes;
  if (space.size() < kBytes) return {};
  uint8_t* const at = space.data();
  base::store_be16(at, kBindingResponse);
  base::store_be16(at + 2, kAttributeHeaderBytes + kMappedAddressBytes);
  std::memcpy(at + kTransactionAt, request.data() + kTransactionAt, kHeaderBytes - kTransactionAt);
  uint8_t* const mapped = at + kHeaderBytes;
  base::store_be16(mapped, static_cast<uint16_t>(AttributeType::kMappedAddress));
  base::store_be16(mapped + 2, kMappedAddressBytes);
  base::store_be16(mapped + 4, static_cast<uint16_t>(base::Family::kIpv4));
  base::store_be16(mapped + 6, client.port);
  base::store_be32(mapped + 8, static_cast<uint32_t>(client.ip.unmapped().lo));
  return space.first(kBytes);
}

}  // namespace stun

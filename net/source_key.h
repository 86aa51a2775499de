// Whom limits count: one IPv4 address, or one IPv6 /64, which is what one subscriber gets and may roam in.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/siphash.h"

namespace net {

[[nodiscard]] inline base::IpAddress source_of(const base::IpAddress& address) {
  return address.is_v6() ? base::IpAddress::v6(address.hi, 0) : address;
}

[[nodiscard]] inline uint64_t hash_of(const base::SipHashKey& key, const base::IpAddress& source) {
  std::array<uint8_t, 17> octets;
  base::store_be64(octets.data(), source.hi);
  base::store_be64(octets.data() + 8, source.lo);
  octets[16] = static_cast<uint8_t>(source.family);
  return base::siphash(key, octets);
}

}  // namespace net

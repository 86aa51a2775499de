// Whom limits count. Pure; safe from any thread.
#pragma once

#include <cstdint>

#include "base/address.h"

namespace base {

// One IPv4 address, or one IPv6 /64: what one subscriber gets at least, and may roam in.
[[nodiscard]] constexpr IpAddress source_of(const IpAddress& address) {
  return address.is_v6() ? IpAddress::v6(address.hi, 0) : address;
}

// The /48 around an IPv6 source, from which one customer may have 65536 of them. False for IPv4.
[[nodiscard]] constexpr bool has_network(const IpAddress& address) { return address.is_v6(); }
[[nodiscard]] constexpr IpAddress network_of(const IpAddress& address) {
  return address.is_v6() ? IpAddress::v6(address.hi & ~uint64_t{0xffff}, 0) : address;
}
// A network may have as much as so many sources: carriers put many subscribers into one, who must not starve.
inline constexpr uint32_t kSourcesPerNetwork = 16;

}  // namespace base

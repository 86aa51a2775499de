// Whom limits count (base/source.h), as keys of tables that strangers fill.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/siphash.h"
#include "base/source.h"

namespace net {

using base::has_network;
using base::kSourcesPerNetwork;
using base::network_of;
using base::source_of;

[[nodiscard]] inline uint64_t hash_of(const base::SipHashKey& key, const base::IpAddress& source) {
  std::array<uint8_t, 17> octets;
  base::store_be64(octets.data(), source.hi);
  base::store_be64(octets.data() + 8, source.lo);
  octets[16] = static_cast<uint8_t>(source.family);
  return base::siphash(key, octets);
}

}  // namespace net

// How far an address reaches.
#pragma once

#include <cstdint>

#include "base/address.h"

namespace app {

enum class AddressScope : uint8_t {
  kLoopback,   // this host
  kLinkLocal,  // this network segment
  kPrivate,    // this site: RFC 1918, RFC 4193, and a provider's NAT (RFC 6598)
  kPublic,     // everything else
};

[[nodiscard]] AddressScope scope_of(const base::IpAddress& address);

}  // namespace app

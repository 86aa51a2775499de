#include "app/address_scope.h"

#include <array>

namespace app {
namespace {

using base::IpAddress;

struct ScopedPrefix {
  base::IpPrefix prefix;
  AddressScope scope;
};
constexpr std::array<ScopedPrefix, 9> kNotPublic{{
    {{IpAddress::v4(0x7f000000), 8}, AddressScope::kLoopback},
    {{IpAddress::v4(0xa9fe0000), 16}, AddressScope::kLinkLocal},
    {{IpAddress::v4(0x0a000000), 8}, AddressScope::kPrivate},
    {{IpAddress::v4(0xac100000), 12}, AddressScope::kPrivate},
    {{IpAddress::v4(0xc0a80000), 16}, AddressScope::kPrivate},
    {{IpAddress::v4(0x64400000), 10}, AddressScope::kPrivate},
    {{IpAddress::v6(0, 1), 128}, AddressScope::kLoopback},
    {{IpAddress::v6(0xfe80000000000000, 0), 10}, AddressScope::kLinkLocal},
    {{IpAddress::v6(0xfc00000000000000, 0), 7}, AddressScope::kPrivate},
}};

}  // namespace

AddressScope scope_of(const IpAddress& address) {
  for (const auto& [prefix, scope] : kNotPublic) {
    if (prefix.contains(address.unmapped())) return scope;
  }
  return AddressScope::kPublic;
}

}  // namespace app

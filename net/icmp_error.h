// What came back instead of an answer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"

namespace net {

// One entry of a socket's error queue: an ICMP or ICMPv6 message about a datagram sent to `peer`, as RFC
// 8656's ICMP attribute wants it (§18.13). `peer`'s family tells ICMP from ICMPv6.
struct IcmpError {
  base::Endpoint peer;  // where the datagram was going
  uint8_t type = 0;
  uint8_t code = 0;
  uint32_t info = 0;   // next-hop MTU of "fragmentation needed" and "packet too big", else 0
  bool local = false;  // raised by our own kernel, not by ICMP: type and code mean nothing
};

// Takes one error off `fd`'s queue; nullopt if it is empty. Never blocks.
[[nodiscard]] std::optional<IcmpError> read_icmp_error(int fd);

}  // namespace net

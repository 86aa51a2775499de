// STUN Binding (RFC 8489 §12): stateless, no credentials. The answer to a bare
// request is 1.6 times its size over IPv4 and 2.2 times over IPv6, whose address is 12 octets longer: nothing
// else is in it.
#pragma once

#include "relay/request.h"

namespace relay {

[[nodiscard]] base::Bytes answer_binding(Core& core, const Request& request);
// RFC 3489's, of clients from before the magic cookie: `request` is one (stun::is_classic_binding()).
[[nodiscard]] base::Bytes answer_classic_binding(Core& core, base::TimePoint now, const FiveTuple& from,
                                                 base::Bytes request, base::MutableBytes space);

// The comprehension-required attributes of a request that we do not know, at most eight (RFC 8489 §14.13).
struct UnknownAttributes {
  std::array<uint16_t, 8> types{};
  size_t count = 0;
};
[[nodiscard]] UnknownAttributes unknown_attributes_of(const stun::Message& message);
// 420 with their list.
[[nodiscard]] base::Bytes refuse_unknown(Core& core, const Request& request,
                                         const UnknownAttributes& unknown);

}  // namespace relay

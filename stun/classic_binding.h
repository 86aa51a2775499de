// Binding as it was before the magic cookie (RFC 3489 §8.1), for clients that still ask that way.
#pragma once

#include "base/address.h"
#include "base/bytes.h"

namespace stun {

// A whole RFC 3489 Binding request that can be answered truthfully from where it arrived. Not one that asks
// for an answer to or from elsewhere (RESPONSE-ADDRESS, flags in CHANGE-REQUEST: they would reflect), nor one
// with attributes that must be understood and are not. Username and integrity mean nothing here.
[[nodiscard]] bool is_classic_binding(base::Bytes packet);

// 32 octets: MAPPED-ADDRESS and nothing else. `client`: IPv4, mapped or not; the only family there was.
// `request` is_classic_binding(). Empty if `space` is too small.
[[nodiscard]] base::Bytes write_classic_binding_success(base::MutableBytes space, base::Bytes request,
                                                        const base::Endpoint& client);

}  // namespace stun

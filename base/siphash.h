// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit hash whose output cannot be predicted without
// the key. Tables keyed by addresses that strangers choose use it, and so does the nonce's authenticator.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace base {

using SipHashKey = std::array<uint64_t, 2>;

[[nodiscard]] uint64_t siphash(const SipHashKey& key, Bytes input);

}  // namespace base

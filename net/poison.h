// Makes a view that outlives its buffer show itself, in builds that look for faults.
#pragma once

#include <algorithm>

#include "base/bytes.h"

#if defined(__SANITIZE_ADDRESS__)
#define ICEBOX_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ICEBOX_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef ICEBOX_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace net {

// Nobody may look at `dead` until unpoison(). Under AddressSanitizer whoever does ends the program, in other
// builds without optimisation finds 0xDD; what is shipped pays nothing.
inline void poison([[maybe_unused]] base::MutableBytes dead) {
#if defined(ICEBOX_ADDRESS_SANITIZER)
  __asan_poison_memory_region(dead.data(), dead.size());
#elif !defined(__OPTIMIZE__)
  std::ranges::fill(dead, uint8_t{0xdd});
#endif
}

inline void unpoison([[maybe_unused]] base::MutableBytes alive) {
#if defined(ICEBOX_ADDRESS_SANITIZER)
  __asan_unpoison_memory_region(alive.data(), alive.size());
#endif
}

}  // namespace net

// Memory that is asked for before it is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/cache_line.h"

namespace base {

// One message of one peer touches a dozen objects, each known only from the one before. With thousands of
// peers none of them is in a near cache, and waiting for one after the other takes as long as the work does.
// So who has several messages at hand walks their chains side by side first, a pointer at a time ("group
// prefetching", Chen, Ailamaki, Gibbons and Mowry, 2004):
//
//   bool fetch_ahead(unsigned step) const;
//
// asks at step 0 for the object itself, and at step n for what lies n pointers behind it; it may read what
// the steps before have asked for. False: the chain has ended. It changes nothing and is never needed: what
// is asked for in vain costs a little time.

// Asks for all of it; returns at once, and true, as a step of a chain wants it.
inline bool prefetch(std::string_view octets) {
  const size_t in_first_line = reinterpret_cast<uintptr_t>(octets.data()) % kCacheLineBytes;
  for (size_t at = 0; at < in_first_line + octets.size(); at += kCacheLineBytes)
    __builtin_prefetch(octets.data() - in_first_line + at);
  return true;
}
template <typename Object>
bool prefetch(const Object& object) {
  return prefetch(std::string_view(reinterpret_cast<const char*>(&object), sizeof object));
}

}  // namespace base

// How memory comes to the processor.
#pragma once

#include <cstddef>

namespace base {

// On every processor that we build for; std::hardware_destructive_interference_size may differ by compiler
// flags.
inline constexpr size_t kCacheLineBytes = 64;

}  // namespace base

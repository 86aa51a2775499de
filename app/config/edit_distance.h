// How far two words are apart, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace app {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string
// alignment). Only the first 64 bytes of each count: longer words are no slip of the finger.
[[nodiscard]] size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace app

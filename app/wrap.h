// Text for people, laid out for the width of their terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace app {

// Columns of a terminal; nullopt: a pipe or a file, which has lines as long as they are.
using Columns = std::optional<size_t>;

// What comes before the first line of a text and before each further one.
struct Indents {
  std::string_view first;
  std::string_view further;
};

// `text` broken at spaces into lines of at most `columns`, each of them ended. A word that is longer stays
// whole, for the terminal to break: it is a path, a link or a fingerprint, and may be copied. Counts octets,
// so that lines with letters beyond ASCII are shorter than they might be.
[[nodiscard]] std::string wrapped(std::string_view text, const Indents& indents, Columns columns);

// The same for a finding with its cure. On a terminal a command, what follows "run: ", has a line of its own
// and is not broken there: a line end within it would be copied with it.
[[nodiscard]] std::string wrapped_finding(std::string_view text, Columns columns);

}  // namespace app

// What standard output and standard error are connected to.
#pragma once

#include "app/wrap.h"

namespace app {

// How wide the terminal at `descriptor` is, 80 if it does not tell; nullopt if it is none.
[[nodiscard]] Columns terminal_columns(int descriptor);

// Both are terminals, and the same one: who reads the one reads the other.
[[nodiscard]] bool is_one_terminal(int descriptor, int other);

}  // namespace app

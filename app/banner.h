// What start-up shows: what listens where, what is advertised, and something to paste.
#pragma once

#include <string>

#include "app/appliance.h"

namespace app {

// Several lines, the last one ended; without the word `ready`.
[[nodiscard]] std::string banner(const Appliance& appliance);

}  // namespace app

// What start-up shows: what listens where, what is advertised, and something to paste.
#pragma once

#include <string>

#include "app/appliance.h"
#include "app/wrap.h"

namespace app {

// Several lines, the last one ended; without the word `ready`. `columns`: of the terminal that shows it; for
// pipes and files each finding is one line, as is the list of iceServers.
[[nodiscard]] std::string banner(const Appliance& appliance, Columns columns);

}  // namespace app

// What start-up shows: what listens where, what is advertised, and on a terminal something to paste.
#pragma once

#include <string>

#include "app/appliance.h"
#include "app/wrap.h"

namespace app {

// Several lines, the last one ended; without the word `ready`. `columns`: of the terminal that shows it. For
// pipes and files each finding is one line, and in place of a credential there is the command that makes one.
[[nodiscard]] std::string banner(const Appliance& appliance, Columns columns);

}  // namespace app

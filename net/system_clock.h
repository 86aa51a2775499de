// The clocks of this machine. Only net/ and app/ read them; everybody else is told the time.
#pragma once

#include "base/time.h"

namespace net {

// Both clocks, read now. Costs two vDSO calls: once per batch, not per packet. Safe from any thread.
[[nodiscard]] base::Moment read_clocks();
[[nodiscard]] base::TimePoint read_steady_clock();  // half the cost

}  // namespace net

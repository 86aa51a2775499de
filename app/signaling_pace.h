// How the thread of signaling gathers events. The floor of bench/compare_hub.sh waits likewise.
#pragma once

#include <chrono>

#include "net/round_pace.h"

namespace app {

// Signaling bears 1.5 milliseconds; media does not come through this thread. Waking up costs some 25 µs, as
// much as a message: docs/performance.md says what this saves.
inline constexpr net::RoundPace::Options kSignalingPace{
    .longest = std::chrono::microseconds(1500), .events_per_round = 16, .from_events_per_second = 2000};

}  // namespace app

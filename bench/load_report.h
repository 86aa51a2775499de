// Results of the load generator as JSON, for bench/compare.sh.
#pragma once

#include <nlohmann/json.hpp>

#include "bench/generator/cycle_run.h"
#include "bench/generator/flood_run.h"
#include "bench/generator/idle_run.h"
#include "bench/generator/relay_run.h"

namespace bench {

// Durations are microseconds unless the name says otherwise; "server" is null when nothing was watched.
[[nodiscard]] nlohmann::ordered_json report(const generator::RelayResult& result);
[[nodiscard]] nlohmann::ordered_json report(const generator::CycleResult& result);
[[nodiscard]] nlohmann::ordered_json report(const generator::IdleResult& result);
[[nodiscard]] nlohmann::ordered_json report(const generator::FloodResult& result);

}  // namespace bench

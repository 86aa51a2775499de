// Results of runs against a hub as JSON, for bench/compare_hub.sh.
#pragma once

#include <nlohmann/json.hpp>

#include "bench/generator/hub/hub_idle_run.h"
#include "bench/generator/hub/hub_reconnect_run.h"
#include "bench/generator/hub/hub_relay_run.h"

namespace bench {

// As load_report.h has it.
[[nodiscard]] nlohmann::ordered_json report(const generator::hub::HubRelayResult& result);
[[nodiscard]] nlohmann::ordered_json report(const generator::hub::HubIdleResult& result);
[[nodiscard]] nlohmann::ordered_json report(const generator::hub::HubReconnectResult& result);

}  // namespace bench

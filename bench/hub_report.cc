#include "bench/hub_report.h"

#include <algorithm>

#include "bench/report_parts.h"

namespace bench {

using Json = nlohmann::ordered_json;

Json report(const generator::hub::HubRelayResult& result) {
  return {{"mode", "hub-relay"},
          {"clients", result.clients},
          {"seconds", seconds(result.duration)},
          {"sent", result.sent},
          {"delivered", result.sums.delivered},
          {"lost", result.sent - std::min(result.sent, result.sums.delivered)},
          {"duplicates", result.sums.duplicates},
          {"reordered", result.sums.reordered},
          {"misdelivered", result.sums.misdelivered},
          {"corrupt", result.sums.corrupt},
          {"refused", result.refused},
          {"disconnected", result.disconnected},
          {"first_error", result.first_error},
          {"latency_us", report(result.latency)},
          {"lag_us", report(result.lag)},
          {"server", report(result.server)}};
}

}  // namespace bench

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

Json report(const generator::hub::HubIdleResult& result) {
  return {{"mode", "hub-idle"},
          {"clients", result.clients},
          {"disconnected", result.disconnected},
          {"first_error", result.first_error},
          {"attaching_us", report(result.attaching)},
          {"attach", report(result.attach)},
          {"held_seconds", seconds(result.held)},
          {"server", report(result.holding)}};
}

Json report(const generator::hub::HubReconnectResult& result) {
  return {{"mode", "hub-reconnect"},
          {"clients", result.clients},
          {"attached", result.attached},
          {"all_attached_seconds",
           result.all_attached.count() > 0 ? Json(seconds(result.all_attached)) : Json(nullptr)},
          {"attaching_us", report(result.attaching)},
          {"resumed", result.resumed},
          {"retries", result.retries},
          {"sent", result.sent},
          {"sent_again", result.sent_again},
          {"unaccepted", result.unaccepted},
          {"delivered", result.sums.delivered},
          {"lost", result.sent - std::min(result.sent, result.sums.delivered)},
          {"duplicates", result.sums.duplicates},
          {"reordered", result.sums.reordered},
          {"misdelivered", result.sums.misdelivered},
          {"corrupt", result.sums.corrupt},
          {"refused", result.refused},
          {"first_error", result.first_error},
          {"latency_us", report(result.latency)},
          {"server", report(result.server)}};
}

}  // namespace bench

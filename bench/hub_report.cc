#include "bench/hub_report.h"

#include <algorithm>

#include "bench/report_parts.h"

namespace bench {

using Json = nlohmann::ordered_json;

namespace {

// What came of the messages that were sent.
Json report(uint64_t sent, const generator::hub::Letters::Sums& sums) {
  return {{"sent", sent},
          {"delivered", sums.delivered},
          {"lost", sent - std::min(sent, sums.delivered)},
          {"duplicates", sums.duplicates},
          {"reordered", sums.reordered},
          {"misdelivered", sums.misdelivered},
          {"corrupt", sums.corrupt}};
}

}  // namespace

Json report(const generator::hub::HubRelayResult& result) {
  Json all{{"mode", "hub-relay"}, {"clients", result.clients}, {"seconds", seconds(result.duration)}};
  all.update(report(result.sent, result.sums));
  all.update(Json{{"refused", result.refused},
                  {"disconnected", result.disconnected},
                  {"first_error", result.first_error},
                  {"latency_us", report(result.latency)},
                  {"lag_us", report(result.lag)},
                  {"server", report(result.server)}});
  return all;
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
  Json all{{"mode", "hub-reconnect"},
           {"clients", result.clients},
           {"attached", result.attached},
           {"all_attached_seconds",
            result.all_attached.count() > 0 ? Json(seconds(result.all_attached)) : Json(nullptr)},
           {"attaching_us", report(result.attaching)},
           {"resumed", result.resumed},
           {"retries", result.retries}};
  all.update(report(result.sent, result.sums));
  all.update(Json{{"sent_again", result.sent_again},
                  {"unaccepted", result.unaccepted},
                  {"refused", result.refused},
                  {"first_error", result.first_error},
                  {"latency_us", report(result.latency)},
                  {"server", report(result.server)}});
  return all;
}

}  // namespace bench

#include "bench/load_report.h"

#include "bench/report_parts.h"

namespace bench {

using Json = nlohmann::ordered_json;

Json report(const generator::Histogram& histogram) {
  return {{"p50", microseconds(histogram.quantile(0.5))},
          {"p90", microseconds(histogram.quantile(0.9))},
          {"p99", microseconds(histogram.quantile(0.99))},
          {"p999", microseconds(histogram.quantile(0.999))},
          {"max", microseconds(histogram.max())}};
}

Json report(const std::optional<generator::Watch::Use>& use) {
  if (!use) return nullptr;
  return {{"cpu_us", microseconds(use->after.cpu - use->before.cpu)},
          {"rss_before_kib", use->before.rss_kib},
          {"rss_after_kib", use->after.rss_kib}};
}

Json report(const generator::RelayResult& result) {
  const auto& traffic = result.traffic;
  return {{"mode", "relay"},
          {"seconds", seconds(traffic.duration)},
          {"sent", traffic.sent},
          {"refused", traffic.refused},
          {"delivered", traffic.delivered},
          {"lost", traffic.sent - std::min(traffic.sent, traffic.delivered)},
          {"duplicates", traffic.duplicates},
          {"reordered", traffic.reordered},
          {"misdelivered", traffic.misdelivered},
          {"corrupt", traffic.corrupt},
          {"latency_us", report(traffic.latency)},
          {"lag_us", report(traffic.lag)},
          {"server", report(result.server)}};
}

Json report(const generator::CycleResult& result) {
  return {{"mode", "cycles"},
          {"seconds", seconds(result.duration)},
          {"begun", result.begun},
          {"completed", result.completed},
          {"failed", result.failed},
          {"postponed", result.postponed},
          {"first_error", result.first_error},
          {"latency_us", report(result.latency)},
          {"server", report(result.server)}};
}

Json report(const generator::IdleResult& result) {
  return {{"mode", "idle"}, {"allocations", result.allocations}, {"server", report(result.server)}};
}

Json report(const generator::FloodResult& result) {
  return {{"mode", "flood"},
          {"seconds", seconds(result.duration)},
          {"requests", result.requests},
          {"bindings_answered", result.bindings_answered},
          {"allocates_challenged", result.allocates_challenged},
          {"other_answers", result.other_answers},
          {"server", report(result.server)}};
}

}  // namespace bench

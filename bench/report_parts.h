// What every report of the load generator has. Durations are microseconds.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/generator/histogram.h"
#include "bench/generator/watched_process.h"

namespace bench {

[[nodiscard]] inline double microseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e3;
}
[[nodiscard]] inline double seconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e9;
}
[[nodiscard]] nlohmann::ordered_json report(const generator::Histogram& histogram);
// null when nothing was watched.
[[nodiscard]] nlohmann::ordered_json report(const std::optional<generator::Watch::Use>& use);

}  // namespace bench

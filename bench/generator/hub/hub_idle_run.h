// Clients that are only attached: what one costs in memory, and all of them in CPU time.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/histogram.h"
#include "bench/generator/hub/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator::hub {

struct HubIdleResult {
  size_t clients = 0;  // attached and still there at the end, without the two that came first
  uint64_t disconnected = 0;
  std::string first_error;
  Histogram attaching;  // from connecting until attached
  std::chrono::nanoseconds held{};
  std::optional<Watch::Use> attach;   // from before the others came until all were there
  std::optional<Watch::Use> holding;  // since then
};

// A pair is attached before the first look at the server, for what is set up once.
[[nodiscard]] std::expected<HubIdleResult, std::string> run_hub_idle(const HubSite& site,
                                                                     const HubIdleOptions& options);

}  // namespace bench::generator::hub

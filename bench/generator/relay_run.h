// Relays media through the server's allocations and tells what came out.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/options.h"
#include "bench/generator/traffic.h"
#include "bench/generator/watched_process.h"

namespace bench::generator {

struct RelayResult {
  TrafficResult traffic;
  std::optional<Watch::Use> server;  // during the traffic: allocating and binding came before
};

[[nodiscard]] std::expected<RelayResult, std::string> run_relay(const Site& site,
                                                                const RelayOptions& options);

}  // namespace bench::generator

// Requests from addresses that do not exist: what strangers can make a server remember.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator {

struct FloodResult {
  std::chrono::nanoseconds duration{};
  uint64_t requests = 0;  // sent after the warm-up, each from an address of its own
  uint64_t bindings_answered = 0;
  uint64_t allocates_challenged = 0;  // 401 or 438
  uint64_t other_answers = 0;
  std::optional<Watch::Use> server;  // from the end of the warm-up on
};

// As fast as the server answers. Needs CAP_NET_RAW, a local route for the sources in the client's namespace
// (ip route add local PREFIX dev lo), through which answers come back, and a route to them on the server.
[[nodiscard]] std::expected<FloodResult, std::string> run_flood(const Site& site,
                                                                const FloodOptions& options);

}  // namespace bench::generator

// Allocations that only exist: what one costs in memory.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator {

struct IdleResult {
  uint64_t allocations = 0;
  std::optional<Watch::Use> server;  // from before the first to the end of the hold
};

// One allocation is made before the first look at the server, for what is set up once.
[[nodiscard]] std::expected<IdleResult, std::string> run_idle(const Site& site, const IdleOptions& options);

}  // namespace bench::generator

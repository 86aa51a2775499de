// Sessions that come and go: Allocate (challenged), ChannelBind, Refresh(0), each from a socket of its own.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/histogram.h"
#include "bench/generator/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator {

struct CycleResult {
  std::chrono::nanoseconds duration{};
  uint64_t begun = 0;
  uint64_t completed = 0;
  uint64_t failed = 0;
  uint64_t postponed = 0;   // begun late, because every slot was busy: the server does not keep up
  std::string first_error;  // empty if none failed
  Histogram latency;        // from when a cycle was due to its last answer
  std::optional<Watch::Use> server;
};

[[nodiscard]] std::expected<CycleResult, std::string> run_cycles(const Site& site,
                                                                 const CycleOptions& options);

}  // namespace bench::generator

// Messages between attached clients, on schedule, and what came out.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/hub/letters.h"
#include "bench/generator/hub/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator::hub {

struct HubRelayResult {
  size_t clients = 0;
  std::chrono::nanoseconds duration{};  // first to last send
  uint64_t sent = 0;
  Letters::Sums sums;
  uint64_t refused = 0;       // errors that the server answered
  uint64_t disconnected = 0;  // clients that it dropped
  std::string first_error;    // empty if there was none
  Histogram latency;          // intended sending to reading
  Histogram lag;  // intended to real sending: above the distance of messages the generator is too slow
  std::optional<Watch::Use> server;  // during the traffic: attaching came before
};

// Spins: the core is its own.
[[nodiscard]] std::expected<HubRelayResult, std::string> run_hub_relay(const HubSite& site,
                                                                       const HubRelayOptions& options);

}  // namespace bench::generator::hub

// All clients lose their connection at once and come back at once, while messages go on.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "bench/generator/hub/letters.h"
#include "bench/generator/hub/options.h"
#include "bench/generator/watched_process.h"

namespace bench::generator::hub {

struct HubReconnectResult {
  size_t clients = 0;
  size_t attached = 0;                      // at the end
  std::chrono::nanoseconds all_attached{};  // from the cut on; zero if not all came back
  Histogram attaching;                      // of each, from the cut on
  uint64_t resumed = 0;                     // sessions that went on; the others began anew
  uint64_t retries = 0;
  uint64_t sent = 0;        // each message once, however often it was sent again
  uint64_t sent_again = 0;  // after the cut, for it had no receipt
  uint64_t unaccepted = 0;  // still without one at the end
  Letters::Sums sums;
  uint64_t refused = 0;
  std::string first_error;
  Histogram latency;                 // intended sending to reading, the cut included
  std::optional<Watch::Use> server;  // from the cut until all were attached
};

// Clients behave as docs/signaling.md asks: they confirm what they got, resume their session with the last n
// they saw, and send again, with the same id, what has no receipt yet. Of kIcebox only.
[[nodiscard]] std::expected<HubReconnectResult, std::string> run_hub_reconnect(
    const HubSite& site, const HubReconnectOptions& options);

}  // namespace bench::generator::hub

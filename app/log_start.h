// What the log says about the server as a whole: how it starts, what it serves, what a reload changed.
#pragma once

#include <chrono>
#include <string_view>

#include "app/appliance.h"
#include "app/config/reload.h"
#include "app/log.h"

namespace app {

// Before this the end of a certificate is told as a warning.
inline constexpr std::chrono::days kRenewBefore{14};
// Whole days until it expires, rounded down; negative once it has.
[[nodiscard]] std::chrono::days days_left(const net::Certificate& certificate, base::WallTime now);

// For an operator's certificate without the ones between it and a root; empty if there is nothing to say.
[[nodiscard]] std::string_view chain_hint(const net::Certificate& certificate);

// start, listening for each address, certificate_loaded, self_check for each finding.
void log_start(Log& log, const Appliance& appliance);
// The host's addresses have changed. `relayed`: those that relaying goes on from; `without_room`: how many
// more there would be.
void log_addresses(Log& log, const std::vector<base::IpAddress>& before,
                   const std::vector<base::IpAddress>& now,
                   const std::vector<relay::worker::RelayAddress>& relayed, size_t without_room);
void log_certificate(Log& log, const net::Certificate& certificate, base::WallTime now);
// reload_key for each key that changed, then reload; or reload_failed for each fault.
void log_reload(Log& log, const ReloadOutcome& outcome);

}  // namespace app

// What the log says about the server as a whole: how it starts, what it serves, what a reload changed.
#pragma once

#include <chrono>

#include "app/appliance.h"
#include "app/config/reload.h"
#include "app/log.h"

namespace app {

// Before this the end of a certificate is told as a warning.
inline constexpr std::chrono::days kRenewBefore{14};
// Whole days until it expires, rounded down; negative once it has.
[[nodiscard]] std::chrono::days days_left(const net::Certificate& certificate, base::WallTime now);

// start, listening for each address, certificate_loaded, self_check for each finding.
void log_start(Log& log, const Appliance& appliance);
void log_certificate(Log& log, const net::Certificate& certificate, base::WallTime now);
// reload_key for each key that changed, then reload; or reload_failed for each fault.
void log_reload(Log& log, const ReloadOutcome& outcome);

}  // namespace app

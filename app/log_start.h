// What the log says about the server as a whole: how it starts, what it serves, what a reload changed.
#pragma once

#include "app/appliance.h"
#include "app/config/reload.h"
#include "app/log.h"

namespace app {

// start, listening for each address, certificate_loaded, self_check for each finding.
void log_start(Log& log, const Appliance& appliance);
void log_certificate(Log& log, const net::Certificate& certificate, base::WallTime now);
// reload_key for each key that changed, then reload; or reload_failed for each fault.
void log_reload(Log& log, const ReloadOutcome& outcome);

}  // namespace app

// What Prometheus sees: every counter of the server, read where it lives, written as text on each scrape.
#pragma once

#include <string>

#include "app/appliance.h"
#include "net/http_server.h"

namespace app {

// The text exposition format (version 0.0.4). No label names a user or an address of a client.
// `http`: of the main ports.
[[nodiscard]] std::string metrics_text(const Appliance& appliance, const net::HttpCounters& http);

}  // namespace app

// What the configuration says about who may ask over HTTP, and under which names.
#pragma once

#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/host_facts.h"
#include "app/request_guard.h"
#include "net/certificate.h"

namespace app {

// signaling.allowed_origins, and that of signaling.public_url.
[[nodiscard]] std::vector<std::string> page_origins(const Config& config);

// `listening`: where streams are taken by now, with their ports.
[[nodiscard]] GuardOptions guard_options(const Config& config, const HostFacts& facts,
                                         const net::Certificate& certificate,
                                         const std::vector<Listener>& listening);

}  // namespace app

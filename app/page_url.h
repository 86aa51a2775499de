// Where browsers find this server's pages.
#pragma once

#include <expected>
#include <string>

#include "app/config/config.h"
#include "app/host_facts.h"

namespace app {

// "https://turn.example.org" or "https://203.0.113.7:3478", without a path: the listener that takes HTTPS,
// the one on 443 before others. By name if the configuration tells a name that its certificate should have
// (an ACME domain; with a certificate of its own the realm), else by the advertised address, of [::] the one
// that reaches further. The error says that nothing takes HTTPS, or that the port is known to the running
// server only.
[[nodiscard]] std::expected<std::string, std::string> page_url(const Config& config, const HostFacts& facts);

}  // namespace app

// Where browsers find this server's pages.
#pragma once

#include <expected>
#include <string>

#include "app/config/config.h"
#include "app/host_facts.h"

namespace app {

// "https://turn.example.org" or "https://203.0.113.7:3478", without a slash at the end: signaling.public_url
// if it is set; else the listener that takes HTTPS, the one on 443 before others, one on loopback after
// others. By name if the configuration tells a name that its certificate should have (an ACME domain; with a
// certificate of its own the realm), else by the advertised address, of [::] the one that reaches further.
// The error says that nothing takes HTTPS, or that the port is known to the running server only.
[[nodiscard]] std::expected<std::string, std::string> page_url(const Config& config, const HostFacts& facts);

// signaling.public_url without a slash at its end; empty: none.
[[nodiscard]] std::string public_url(const Config& config);

}  // namespace app

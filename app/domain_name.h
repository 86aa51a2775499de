// The name by which browsers may reach the TLS ports.
#pragma once

#include <optional>
#include <string>

#include "app/config/config.h"
#include "net/certificate.h"

namespace app {

// The realm, where it is a domain name and the configured certificate is for it; else empty. turns: URLs have
// it in place of an address, which Firefox ignores and which authorities rarely certify.
[[nodiscard]] std::string domain_name(const Config& config,
                                      const std::optional<net::Certificate>& certificate);

}  // namespace app

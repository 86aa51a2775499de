// What the parts of the server are told of the configuration: at the start, and again after a reload.
#pragma once

#include "app/config/config.h"
#include "net/connection_limiter.h"
#include "net/dtls_server.h"
#include "relay/options.h"
#include "relay/quota_ledger.h"

namespace app {

// As many as the machine has cores, unless the configuration says otherwise.
[[nodiscard]] size_t worker_count(const Config& config);
[[nodiscard]] relay::ServerOptions server_options(const Config& config);
[[nodiscard]] relay::QuotaOptions quota_options(const Config& config);
// Of one worker: a client's association stays with the worker that the kernel chose for its address.
[[nodiscard]] net::DtlsLimits dtls_limits(const Config& config);
[[nodiscard]] net::ConnectionLimits connection_limits(const Config& config);

}  // namespace app

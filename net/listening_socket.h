// A listening TCP socket. Internal to net: used by OnePortListener.
#pragma once

#include <expected>

#include "base/address.h"
#include "net/system_error.h"
#include "net/unique_fd.h"

namespace net {

struct ListeningSocket {
  UniqueFd fd;
  base::Endpoint local;  // with the port that the kernel chose
};

// Non-blocking, closed on exec. Without `v6_only` an IPv6 socket takes IPv4 too. The error names address and
// cure.
[[nodiscard]] std::expected<ListeningSocket, SystemError> open_listening_socket(
    const base::Endpoint& endpoint, bool v6_only, int backlog);

}  // namespace net

// Listening TCP sockets, what they accept, and connections that begin here.
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

// Non-blocking, closed on exec, as all sockets here. Without `v6_only` an IPv6 socket takes IPv4 too. The
// error names address and cure. `share_port`: connect_from() may use the same address.
[[nodiscard]] std::expected<ListeningSocket, SystemError> open_listening_socket(
    const base::Endpoint& endpoint, bool v6_only, int backlog, bool share_port = false);

struct AcceptedSocket {
  UniqueFd fd;
  base::Endpoint from;
};
// The error is errno: EAGAIN when nobody waits.
[[nodiscard]] std::expected<AcceptedSocket, int> accept_from(int listening_socket);

// A connection from `local`, which may also be listened on with `share_port`. It is made, or has failed, when
// the socket is ready to be written: connect_outcome(). The error is that of a connection that cannot even be
// tried.
[[nodiscard]] std::expected<UniqueFd, SystemError> connect_from(const base::Endpoint& local,
                                                                const base::Endpoint& remote);
// 0, or the errno of the failure.
[[nodiscard]] int connect_outcome(int socket);

}  // namespace net

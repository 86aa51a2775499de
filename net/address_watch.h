// Tells when the addresses or routes of this host have changed.
#pragma once

#include <functional>

#include "net/fd_watch.h"
#include "net/unique_fd.h"

namespace net {

// Listens to the kernel's rtnetlink groups of links, addresses and routes. What changed is not looked at:
// whoever wants to know reads the interfaces anew, which also makes up for messages that the kernel lost.
// Loop's thread only.
class AddressWatch final : private FdHandler {
 public:
  // `on_change` is called for each burst of changes, often several times for one (`ip addr add` makes three).
  // Where the kernel gives no such socket (some containers), it is never called; see is_watching().
  AddressWatch(EventLoop& loop, std::function<void()> on_change);

  [[nodiscard]] bool is_watching() const { return static_cast<bool>(socket_); }

 private:
  void on_ready(Events events) override;

  std::function<void()> on_change_;
  UniqueFd socket_;
  FdWatch watch_;  // after the socket: leaves the loop before the descriptor closes
};

}  // namespace net

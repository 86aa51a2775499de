// Follows the addresses of the host while the server runs.
#pragma once

#include <functional>

#include "app/host_facts.h"
#include "net/address_watch.h"
#include "net/timer.h"

namespace app {

// True if both tell of the same addresses and default routes.
[[nodiscard]] bool same_addresses(const HostFacts& a, const HostFacts& b);

// While there is no default route, as when a link flaps, that of `before` holds in `facts` as long as the host
// has its address: else another address would be relayed from for a moment.
void keep_routes(HostFacts& facts, const HostFacts& before);

// Control thread only; must end before the loop does.
class HostWatch {
 public:
  // `on_change` gets what the host is now, once its addresses or default routes differ from `known` or from
  // what it was told last time.
  HostWatch(net::EventLoop& loop, HostFacts known, std::function<void(HostFacts)> on_change);

  // Looks now, whatever the kernel has said.
  void look();

 private:
  void look_soon();

  net::EventLoop& loop_;
  HostFacts known_;
  std::function<void(HostFacts)> on_change_;
  net::AddressWatch watch_;
  net::Timer timer_;
};

}  // namespace app

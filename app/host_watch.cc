#include "app/host_watch.h"

#include <algorithm>
#include <utility>

#include "net/event_loop.h"

namespace app {
namespace {

// A new address is a burst of messages, and unusable until most of them have come.
constexpr std::chrono::milliseconds kSettling{200};
// Routes and addresses may also change where the kernel tells us nothing.
constexpr std::chrono::seconds kOwnLook{10};

std::vector<base::IpAddress> sorted(std::vector<base::IpAddress> addresses) {
  std::ranges::sort(addresses);
  return addresses;
}

}  // namespace

bool same_addresses(const HostFacts& a, const HostFacts& b) {
  return a.default_ipv4 == b.default_ipv4 && a.default_ipv6 == b.default_ipv6 &&
         sorted(a.addresses) == sorted(b.addresses) &&
         sorted(a.sleeping_addresses) == sorted(b.sleeping_addresses);
}

void keep_routes(HostFacts& facts, const HostFacts& before) {
  const auto keep = [&facts](auto& route, const auto& old) {
    if (!route && old && std::ranges::find(facts.addresses, *old) != facts.addresses.end()) route = old;
  };
  keep(facts.default_ipv4, before.default_ipv4);
  keep(facts.default_ipv6, before.default_ipv6);
}

HostWatch::HostWatch(net::EventLoop& loop, HostFacts known, std::function<void(HostFacts)> on_change)
    : loop_(loop),
      known_(std::move(known)),
      on_change_(std::move(on_change)),
      watch_(loop, [this] { look_soon(); }),
      timer_(loop, [this] { look(); }) {
  timer_.arm(loop_.steady_now() + kOwnLook);
}

// Never later than it would have been: changes that go on and on are looked at all the same.
void HostWatch::look_soon() {
  const auto soon = loop_.steady_now() + kSettling;
  if (timer_.deadline() > soon) timer_.arm(soon);
}

void HostWatch::look() {
  timer_.arm(loop_.steady_now() + kOwnLook);
  auto facts = gather_host_facts();
  // Half a look is none: addresses would be taken for gone, and no longer denied as our own.
  if (!facts.is_whole || same_addresses(facts, known_)) return;
  known_ = facts;
  on_change_(std::move(facts));
}

}  // namespace app

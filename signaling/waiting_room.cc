#include "signaling/waiting_room.h"

#include <algorithm>
#include <tuple>

#include "base/source.h"

namespace signaling {
namespace {

using Waiting = std::span<const WaitingDevice>;

size_t count_of_source(Waiting waiting, const base::IpAddress& source) {
  return static_cast<size_t>(std::ranges::count(waiting, source, &WaitingDevice::source));
}

bool is_of_network(const base::IpAddress& one, const base::IpAddress& other) {
  return base::network_of(one) == base::network_of(other);
}

size_t count_of_network(Waiting waiting, const base::IpAddress& source) {
  return static_cast<size_t>(std::ranges::count_if(
      waiting, [&](const WaitingDevice& device) { return is_of_network(device.source, source); }));
}

bool may_go(Waiting waiting, const WaitingDevice& device, const base::IpAddress& newcomer) {
  const auto count = is_of_network(device.source, newcomer) ? count_of_source : count_of_network;
  const auto here = count(waiting, device.source), with_newcomer = count(waiting, newcomer) + 1;
  return here > with_newcomer || (here == 1 && with_newcomer == 1);
}

// Of two devices that of the greater rank goes.
auto rank_of(Waiting waiting, const WaitingDevice& device) {
  const auto of_network = count_of_network(waiting, device.source);
  return std::tuple(of_network > kHousehold, device.wrong_passwords > 0, of_network,
                    count_of_source(waiting, device.source), !device.is_connected,
                    -device.since.time_since_epoch().count(), -static_cast<int64_t>(device.id));
}

}  // namespace

std::optional<PeerId> who_makes_room(Waiting waiting, const base::IpAddress& newcomer) {
  const WaitingDevice* first = nullptr;
  for (const auto& device : waiting) {
    if (!may_go(waiting, device, newcomer)) continue;
    if (!first || rank_of(waiting, *first) < rank_of(waiting, device)) first = &device;
  }
  return first ? std::optional(first->id) : std::nullopt;
}

}  // namespace signaling

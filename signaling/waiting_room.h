// Who makes room where as many devices of a user wait as may. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/time.h"
#include "signaling/peer.h"

namespace signaling {

struct WaitingDevice {
  PeerId id{};
  base::IpAddress source{};     // base::source_of() where it registered
  int64_t wrong_passwords = 0;  // one-time ones
  bool is_connected = false;
  base::WallTime since{};
};

// More from one network than a household brings at a time.
inline constexpr size_t kHousehold = 3;

// The device that goes for one of `newcomer`, a source: of a network with more than kHousehold of them if there
// is one, then one that guessed wrong, then of the network and the source with most of them, then one that is
// not connected, then the one that has waited longest. Only of a network that has more there than the
// newcomer's would have (within one network: of a source); or, where the newcomer's has none, of one that has
// one: a first device always finds a place, and nobody widens his share at the cost of those who have less.
// nullopt: nobody goes.
[[nodiscard]] std::optional<PeerId> who_makes_room(std::span<const WaitingDevice> waiting,
                                                   const base::IpAddress& newcomer);

}  // namespace signaling

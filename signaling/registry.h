// What the hub needs to know of registered peers; app supplies it from storage (peer_table.h holds it in
// memory).
#pragma once

#include <string_view>
#include <vector>

#include "signaling/peer.h"

namespace signaling {

// One consistent state at any time: it changes between inputs to the hub only, and each change is then handed
// to Hub::handle_peer_changed, but for the time of the last connection. Null or empty where there is nothing.
// Called on the hub's thread.
class Registry {
 public:
  virtual ~Registry() = default;
  [[nodiscard]] virtual PeerRef find(PeerId id) const = 0;
  // `fingerprint` in canonical form (fingerprint.h).
  [[nodiscard]] virtual PeerRef find_fingerprint(UserId user, std::string_view fingerprint) const = 0;
  [[nodiscard]] virtual PeerRef find_name(UserId user, std::string_view name) const = 0;
  // In the order of their ids.
  [[nodiscard]] virtual std::vector<PeerRef> peers_of(UserId user) const = 0;
};

}  // namespace signaling

// Peers as storage has them, kept for the hub.
#pragma once

#include <string>
#include <vector>

#include "signaling/peer_table.h"
#include "storage/current_peers.h"
#include "storage/peer_snapshot.h"

namespace app::hub {

// Control thread only.
class PeerRegistry {
 public:
  // `newest` outlives it.
  PeerRegistry(const base::SipHashKey& key, const storage::CurrentPeers& newest);

  // Takes over what storage has published since; what changed, in the order the hub has to hear it.
  [[nodiscard]] std::vector<signaling::PeerChange> refresh();

  [[nodiscard]] const signaling::PeerTable& table() const { return table_; }
  // Whom a bearer token proves, by its hash; the snapshot that refresh() saw last.
  [[nodiscard]] const storage::PeerSnapshot& snapshot() const { return *snapshot_; }

 private:
  const storage::CurrentPeers& newest_;
  std::shared_ptr<const storage::PeerSnapshot> snapshot_;
  signaling::PeerTable table_;
};

}  // namespace app::hub

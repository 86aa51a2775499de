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

  struct Changes {
    std::vector<signaling::PeerChange> peers;       // in the order the hub has to hear them
    std::vector<storage::PeerId> with_tokens_gone;  // a bearer token each was revoked, or went with its peer
  };
  // Takes over what storage has published since.
  [[nodiscard]] Changes refresh();

  // Known here before it is in storage: snapshots do not follow it.
  void note_connect(signaling::PeerId peer, base::WallTime at);

  [[nodiscard]] const signaling::PeerTable& table() const { return table_; }
  // Whom a bearer token proves, by its hash; the snapshot that refresh() saw last.
  [[nodiscard]] const storage::PeerSnapshot& snapshot() const { return *snapshot_; }

 private:
  const storage::CurrentPeers& newest_;
  std::shared_ptr<const storage::PeerSnapshot> snapshot_;
  signaling::PeerTable table_;
};

}  // namespace app::hub

// Peers as storage has them, kept for the hub.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/counter.h"
#include "signaling/peer_table.h"
#include "storage/current_peers.h"
#include "storage/peer_snapshot.h"

namespace app::hub {

// Control thread only.
class PeerRegistry {
 public:
  // `newest` outlives it. `now`: tokens that expired before it let nobody in whom refresh() could tell of.
  PeerRegistry(const base::SipHashKey& key, const storage::CurrentPeers& newest, base::WallTime now);

  struct Changes {
    std::vector<signaling::PeerChange> peers{};  // in the order the hub has to hear them
    // Whose rows in storage were changed, were it only what the hub does not know; nullopt: anybody's, all was
    // read again.
    std::optional<std::vector<storage::PeerId>> looked_at{std::in_place};
    // A bearer token each was revoked, expired, or went with its peer.
    std::vector<storage::PeerId> with_tokens_gone{};
  };
  // Takes over what storage has published since, and what time has done. Costs two comparisons if nothing
  // has happened: may be called often, and a token that expires is told of at the next call. What changes
  // costs by itself, however many others there are, but for reloads().
  [[nodiscard]] Changes refresh(base::WallTime now);

  // Known here before it is in storage: snapshots do not follow it.
  void note_connect(signaling::PeerId peer, base::WallTime at);

  [[nodiscard]] const signaling::PeerTable& table() const { return table_; }
  // How often everybody was taken over anew, for it was not known what had changed. One writer, any reader.
  [[nodiscard]] const base::Counter& reloads() const { return reloads_; }
  // Whom a bearer token proves, by its hash; the snapshot that refresh() saw last.
  [[nodiscard]] const storage::PeerSnapshot& snapshot() const { return *snapshot_; }

 private:
  [[nodiscard]] signaling::Peer current(const storage::Peer& stored) const;
  [[nodiscard]] std::vector<storage::PeerId> touched_peers(const storage::TouchedRows& touched) const;
  [[nodiscard]] std::vector<signaling::PeerChange> take_over_all();
  [[nodiscard]] std::vector<signaling::PeerChange> take_over(const std::vector<storage::PeerId>& peers);

  const storage::CurrentPeers& newest_;
  std::shared_ptr<const storage::PeerSnapshot> snapshot_;
  base::WallTime seen_at_;                     // of the last refresh
  std::optional<base::WallTime> next_expiry_;  // of a token, after seen_at_
  signaling::PeerTable table_;
  base::Counter reloads_;
};

}  // namespace app::hub

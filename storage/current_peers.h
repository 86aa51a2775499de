// The newest accounts, peers and bearer tokens.
#pragma once

#include "storage/current_snapshot.h"
#include "storage/peer_snapshot.h"

namespace storage {

using CurrentPeers = CurrentSnapshot<PeerSnapshot>;
using PeerReader = SnapshotReader<PeerSnapshot>;

}  // namespace storage

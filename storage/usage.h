// What peers have relayed, day by day. Amounts only: no address and no time of day.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

struct Traffic {
  int64_t allocations = 0;
  int64_t bytes_to_peers = 0;
  int64_t bytes_to_client = 0;
  bool operator==(const Traffic&) const = default;
};

struct PeerUsage {
  PeerId peer{};
  int64_t day = 0;  // since 1970-01-01, UTC
  Traffic traffic;
};

[[nodiscard]] inline int64_t day_of(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::days>(time.time_since_epoch()).count();
}

// Adds to what is there, all in one transaction; collect for some seconds. Of a peer that is removed by now
// it goes to its account, if it was used before; of one that is unknown it is passed over. Not audited.
// kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Outcome add_usage(Connection& connection, std::span<const PeerUsage> usages);

struct UsageRow {
  std::string account;
  PeerId peer{};
  std::string name;  // of the peer; empty: it was removed
  Traffic traffic;
  bool operator==(const UsageRow&) const = default;
};

// One row per peer that was used on `first_day` or later, ordered by account and number of the peer.
[[nodiscard]] Result<std::vector<UsageRow>> list_usage(Connection& connection, int64_t first_day);

// Removes what is older than `first_day`. Gives how many rows went.
[[nodiscard]] Result<int64_t> purge_usage(Connection& connection, int64_t first_day);

}  // namespace storage

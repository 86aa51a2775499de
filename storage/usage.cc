#include "storage/usage.h"

#include <utility>

#include "storage/rows.h"
#include "storage/transaction.h"

namespace storage {

Outcome add_usage(Connection& connection, std::span<const PeerUsage> usages) {
  return run_atomically(connection, [&]() -> Outcome {
    for (const auto& [peer, day, traffic] : usages) {
      const auto added = connection.run(
          "INSERT INTO usage (peer_id, day, account_id, allocations, bytes_to_peers, bytes_to_client)"
          " SELECT ?1, ?2, account_id, ?3, ?4, ?5 FROM ("
          "   SELECT account_id FROM peers WHERE id = ?1"
          "   UNION SELECT account_id FROM usage WHERE peer_id = ?1) WHERE true LIMIT 1"
          " ON CONFLICT (peer_id, day) DO UPDATE SET allocations = allocations + excluded.allocations,"
          "   bytes_to_peers = bytes_to_peers + excluded.bytes_to_peers,"
          "   bytes_to_client = bytes_to_client + excluded.bytes_to_client",
          {std::to_underlying(peer), day, traffic.allocations, traffic.bytes_to_peers,
           traffic.bytes_to_client});
      if (!added) return std::unexpected(added.error());
    }
    return {};
  });
}

Result<std::vector<UsageRow>> list_usage(Connection& connection, int64_t first_day) {
  return read_rows<UsageRow>(
      connection.query(
          "SELECT accounts.name, peer_id, coalesce(peers.name, ''), sum(allocations), sum(bytes_to_peers),"
          " sum(bytes_to_client) FROM usage JOIN accounts ON accounts.id = usage.account_id"
          " LEFT JOIN peers ON peers.id = peer_id WHERE day >= ?1"
          " GROUP BY peer_id ORDER BY accounts.name, peer_id",
          {first_day}),
      [](const Statement& row) -> Result<UsageRow> {
        return UsageRow{.account = std::string(row.text(0)),
                        .peer = PeerId{row.integer(1)},
                        .name = std::string(row.text(2)),
                        .traffic = {row.integer(3), row.integer(4), row.integer(5)}};
      });
}

Result<int64_t> purge_usage(Connection& connection, int64_t first_day) {
  return connection.run("DELETE FROM usage WHERE day < ?1", {first_day});
}

}  // namespace storage

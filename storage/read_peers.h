// Reading accounts, peers and bearer tokens, all of them at once: for lists and for the snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/connection.h"
#include "storage/peer.h"
#include "storage/peer_snapshot.h"

namespace storage {

// All peers, ordered by account, then by the octets of their names. kBusy, kCorrupt, kDenied, kIo.
[[nodiscard]] Result<std::vector<Peer>> list_peers(Connection& connection);

// As the file has it now; nullopt: there is none. One look-up, for decisions inside a transaction.
[[nodiscard]] Result<std::optional<Peer>> find_peer(Connection& connection, PeerId peer);

// What stands in the way of one more peer. Three look-ups in indexes, however many peers there are.
struct Occupancy {
  size_t peers = 0;                // verified ones of the account
  size_t waiting = 0;              // the others
  bool name_taken = false;         // by a peer of the account
  bool fingerprint_taken = false;  // as well
};
// `account` nullopt: it does not exist yet. An empty fingerprint is nobody's.
[[nodiscard]] Result<Occupancy> read_occupancy(Connection& connection, std::optional<AccountId> account,
                                               std::string_view name, std::string_view fingerprint);

// Who has a fingerprint, as far as a stranger's claim to it is concerned.
struct FingerprintHolders {
  std::optional<bool> verified;       // whether that peer of the account is; nullopt: none has it
  bool is_claimed_elsewhere = false;  // a legacy peer of another account has it
};
// `account` nullopt: it does not exist.
[[nodiscard]] Result<FingerprintHolders> read_fingerprint_holders(Connection& connection,
                                                                  std::optional<AccountId> account,
                                                                  std::string_view fingerprint);

// A peer that waits to be verified, and what decides whether it makes room for another.
struct WaitingPeer {
  PeerId id{};
  std::string source;  // where it registered itself; empty: not known
  int64_t otp_failures = 0;
  base::WallTime created_at{};
};
// Of one account, in the order of their ids.
[[nodiscard]] Result<std::vector<WaitingPeer>> list_waiting_peers(Connection& connection, AccountId account);

// Of all peers of the account.
[[nodiscard]] Result<std::vector<std::string>> list_peer_names(Connection& connection, AccountId account);

// All bearer tokens that were not revoked, in no order.
[[nodiscard]] Result<std::vector<BearerToken>> list_bearer_tokens(Connection& connection);

// Grows with every change of accounts, peers and bearer tokens, by whatever process. Invitations, last
// connections and used one-time passwords do not count.
[[nodiscard]] Result<uint64_t> read_peer_revision(Connection& connection);

// What has changed since `before`, if each change is noted (the last 4096 are), else everything; and the
// revision that it is of. Not inside a transaction. Some 60 µs for a single row, however many there are.
[[nodiscard]] Result<std::shared_ptr<const PeerSnapshot>> load_peer_changes(Connection& connection,
                                                                            const PeerSnapshot& before);

// Everything, and the revision that it is of. Not inside a transaction. About 1.4 µs per peer (measured with
// 100,000).
[[nodiscard]] Result<std::shared_ptr<const PeerSnapshot>> load_peer_snapshot(Connection& connection);

}  // namespace storage

// The table of peers. Every verb is one transaction with its line in the audit table: outside a transaction
// it is durable on return. For the command line call these directly; in the server hand them to Store::submit
// as jobs. Reading: read_peers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// A peer that is verified takes its name and its fingerprint from those of the account that are not: these are
// removed, with their line in the audit table. Between two that are verified, or two that wait, it is kConflict.

struct NewPeer {
  AccountId account{};
  std::string_view name;
  std::string_view kind;
  std::string_view fingerprint;  // empty: bound when it first proves one
  bool verified = false;
  bool legacy = false;
  std::optional<TokenHash> token;  // its first bearer token; does not expire
  std::string_view source;         // where it registered itself, until it is verified; empty: it did not
  size_t max_peers = 20;           // verified ones of the account, this one included
  size_t max_waiting = 8;          // others of the account, this one included
};

// kConflict: the account has a peer of that name or fingerprint, or the token exists; or both are legacy, of
// whatever account, and have that fingerprint. kLimit: the account has max_peers, or max_waiting. kNotFound:
// no such account. kInvalid: bounds of peer.h. Like every verb here also kBusy, kFull, kCorrupt, kDenied,
// kIo.
[[nodiscard]] Result<PeerId> add_peer(Connection& connection, const NewPeer& peer, const AuditStamp& stamp);

// A peer of the account named `user`, which is made if there is none (OpenInvitations::kAdopt);
// `peer.account` is not looked at. If the peer is refused no account is left. Errors as of both verbs;
// kConflict also for an account that registered itself, unless accepted.
[[nodiscard]] Result<PeerId> add_peer_of(Connection& connection, std::string_view user, NewPeer peer,
                                         const AuditStamp& stamp,
                                         SelfRegistered self_registered = SelfRegistered::kRefuse);

// One that is verified already stays as it is. kNotFound; kLimit: the account has `max_peers` verified ones.
[[nodiscard]] Outcome verify_peer(Connection& connection, PeerId peer, const AuditStamp& stamp,
                                  size_t max_peers = 20);

// kConflict if the account has another peer of that name; kInvalid; kNotFound.
[[nodiscard]] Outcome rename_peer(Connection& connection, PeerId peer, std::string_view name,
                                  const AuditStamp& stamp);

// Peers that still wait to be verified and were made at `before` or earlier, up to `limit` of them: strangers
// who register must not stay. Each with its audit line. Gives how many went.
[[nodiscard]] Result<int64_t> remove_waiting_peers(Connection& connection, base::WallTime before,
                                                   size_t limit, const AuditStamp& stamp);

// Its tokens, and the open invitations that it made, go with it. kNotFound.
[[nodiscard]] Outcome remove_peer(Connection& connection, PeerId peer, const AuditStamp& stamp);

// Binds the certificate that `peer` has proved to hold. The same one again changes nothing. kConflict: it is
// bound to another fingerprint, or this one to another peer of the account; kInvalid: not 64 upper-case hex
// digits; kNotFound.
[[nodiscard]] Outcome bind_fingerprint(Connection& connection, PeerId peer, std::string_view fingerprint,
                                       const AuditStamp& stamp);

struct PeerConnect {
  PeerId peer{};
  base::WallTime at;
};

// The peer shows its bearer token and another certificate than before: programs make a new one at every
// start, and browsers lose theirs with their data. From now on that one is its own. The same one again
// changes nothing. kConflict: it is another's of the account; kInvalid, kNotFound as above.
[[nodiscard]] Outcome replace_fingerprint(Connection& connection, PeerId peer, std::string_view fingerprint,
                                          const AuditStamp& stamp);

// Notes when peers connected last, many of them in one transaction: collect for some seconds, never write one
// per message. An earlier time, or a peer that is gone, is passed over. Neither audited nor a new revision: a
// snapshot holds the times of the moment when it was loaded.
[[nodiscard]] Outcome touch_last_connect(Connection& connection, std::span<const PeerConnect> connects);

}  // namespace storage

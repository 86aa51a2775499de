#include "storage/peers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/accounts.h"
#include "storage/audit.h"
#include "storage/checks.h"
#include "storage/peer_subject.h"
#include "storage/rows.h"
#include "storage/tokens.h"
#include "storage/transaction.h"

namespace storage {
namespace {

bool is_fingerprint(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F');
         });
}

Outcome check_fingerprint(Connection& connection, std::string_view fingerprint) {
  if (is_fingerprint(fingerprint)) return {};
  return refuse(connection, Fault::kInvalid, "a fingerprint is 64 upper-case hex digits",
                "give the SHA-256 of the certificate without colons");
}

Outcome check(Connection& connection, const NewPeer& peer) {
  if (auto valid = check_text(connection, "the peer name", peer.name, kMaxPeerNameOctets); !valid)
    return valid;
  if (!peer.kind.empty()) {
    if (auto valid = check_text(connection, "the kind", peer.kind, kMaxPeerKindOctets); !valid) return valid;
  }
  if (!peer.fingerprint.empty()) return check_fingerprint(connection, peer.fingerprint);
  return {};
}

// Who is let in takes name and certificate from those who only wait: any stranger may claim them. At most two.
Outcome displace_waiting(Connection& connection, AccountId account, std::string_view name,
                         std::string_view fingerprint, const AuditStamp& stamp) {
  const auto holders = read_rows<PeerId>(
      connection.query("SELECT id FROM peers WHERE account_id = ?1 AND verified_at IS NULL"
                       " AND (name = ?2 OR fingerprint = ?3) ORDER BY id",
                       {std::to_underlying(account), nullable(name), nullable(fingerprint)}),
      [](const Statement& row) -> Result<PeerId> { return PeerId{row.integer(0)}; });
  if (!holders) return std::unexpected(holders.error());
  for (const auto holder : *holders) {
    if (auto gone = remove_peer(connection, holder, stamp); !gone) return gone;
  }
  return {};
}

// The same for a peer that is there, if it is verified.
Outcome displace_waiting(Connection& connection, PeerId peer, std::string_view name,
                         std::string_view fingerprint, const AuditStamp& stamp) {
  const auto account = connection.number(
      "SELECT account_id FROM peers WHERE id = ?1 AND verified_at IS NOT NULL", {std::to_underlying(peer)});
  if (!account) return std::unexpected(account.error());
  if (*account == 0) return {};
  return displace_waiting(connection, AccountId{*account}, name, fingerprint, stamp);
}

// Room for one more verified peer, or for one more that waits.
Outcome check_room(Connection& connection, int64_t account, bool verified, size_t most) {
  const auto peers =
      connection.number("SELECT count(*) FROM peers WHERE account_id = ?1 AND (verified_at IS NOT NULL) = ?2",
                        {account, int64_t{verified}});
  if (!peers) return std::unexpected(peers.error());
  if (static_cast<size_t>(*peers) < most) return {};
  return refuse(connection, Fault::kLimit,
                "the user has " + std::to_string(*peers) +
                    (verified ? " verified peers" : " peers that wait to be verified") + ", and may have " +
                    std::to_string(most),
                "remove one (`icebox peer remove`)");
}

Result<int64_t> insert(Connection& connection, const NewPeer& peer, base::WallTime now) {
  const auto verified_at = peer.verified ? std::optional(now) : std::nullopt;
  auto id = connection.number(
      "INSERT INTO peers (account_id, name, kind, fingerprint, verified_at, created_at, legacy, "
      "registered_from)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
      {std::to_underlying(peer.account), peer.name, peer.kind, nullable(peer.fingerprint),
       nullable(verified_at), to_seconds(now), int64_t{peer.legacy}, peer.verified ? "" : peer.source});
  if (id) return id;
  return explain_conflict(connection, id.error(), "the user has a peer of that name or fingerprint",
                          "choose another name, or remove the other peer");
}

}  // namespace

Result<PeerId> add_peer(Connection& connection, const NewPeer& peer, const AuditStamp& stamp) {
  if (auto valid = check(connection, peer); !valid) return std::unexpected(valid.error());
  PeerId made{};
  const auto added = run_atomically(connection, [&]() -> Outcome {
    if (const auto account = account_name(connection, peer.account); !account)
      return std::unexpected(account.error());
    const auto most = peer.verified ? peer.max_peers : peer.max_waiting;
    if (auto room = check_room(connection, std::to_underlying(peer.account), peer.verified, most); !room)
      return room;
    if (peer.verified) {
      auto displaced = displace_waiting(connection, peer.account, peer.name, peer.fingerprint, stamp);
      if (!displaced) return displaced;
    }
    const auto id = insert(connection, peer, stamp.at);
    if (!id) return std::unexpected(id.error());
    made = PeerId{*id};
    const auto subject = subject_of(connection, made);
    if (!subject) return std::unexpected(subject.error());
    const auto detail = peer.legacy ? "legacy" : peer.verified ? "verified" : "waits for verification";
    if (auto noted = add_audit(connection, stamp, "peer.add", *subject, detail); !noted) return noted;
    if (!peer.token) return {};
    return add_token(connection, {.hash = *peer.token, .holder = made, .expires_at = std::nullopt}, stamp);
  });
  if (!added) return std::unexpected(added.error());
  return made;
}

Result<PeerId> add_peer_of(Connection& connection, std::string_view user, NewPeer peer,
                           const AuditStamp& stamp, SelfRegistered self_registered) {
  PeerId made{};
  const auto added = run_atomically(connection, [&]() -> Outcome {
    const auto found = find_account(connection, user);
    if (!found) return std::unexpected(found.error());
    if (*found && (*found)->self_registered && self_registered == SelfRegistered::kRefuse)
      return refuse_self_registered(connection);
    const auto account = *found ? Result<AccountId>((*found)->id)
                                : add_account(connection, user, OpenInvitations::kAdopt, stamp);
    if (!account) return std::unexpected(account.error());
    peer.account = *account;
    const auto id = add_peer(connection, peer, stamp);
    if (!id) return std::unexpected(id.error());
    made = *id;
    return {};
  });
  if (!added) return std::unexpected(added.error());
  return made;
}

Outcome verify_peer(Connection& connection, PeerId peer, const AuditStamp& stamp, size_t max_peers) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    const auto account = connection.number(
        "SELECT account_id FROM peers WHERE id = ?1 AND verified_at IS NULL", {std::to_underlying(peer)});
    if (!account) return std::unexpected(account.error());
    if (*account == 0) return {};  // it is verified
    if (auto room = check_room(connection, *account, true, max_peers); !room) return room;
    const auto verified =
        connection.run("UPDATE peers SET verified_at = ?2, registered_from = '' WHERE id = ?1",
                       {std::to_underlying(peer), to_seconds(stamp.at)});
    if (!verified) return std::unexpected(verified.error());
    return add_audit(connection, stamp, "peer.verify", *subject);
  });
}

Outcome rename_peer(Connection& connection, PeerId peer, std::string_view name, const AuditStamp& stamp) {
  if (auto valid = check_text(connection, "the peer name", name, kMaxPeerNameOctets); !valid) return valid;
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    if (auto displaced = displace_waiting(connection, peer, name, "", stamp); !displaced) return displaced;
    const auto renamed =
        connection.run("UPDATE peers SET name = ?2 WHERE id = ?1", {std::to_underlying(peer), name});
    if (!renamed)
      return explain_conflict(connection, renamed.error(), "the user has a peer of that name",
                              "choose another name");
    return add_audit(connection, stamp, "peer.rename", *subject, "to " + std::string(name));
  });
}

Outcome remove_peer(Connection& connection, PeerId peer, const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    const auto removed = connection.run("DELETE FROM peers WHERE id = ?1", {std::to_underlying(peer)});
    if (!removed) return std::unexpected(removed.error());
    return add_audit(connection, stamp, "peer.remove", *subject);
  });
}

Result<int64_t> remove_waiting_peers(Connection& connection, base::WallTime before, size_t limit,
                                     const AuditStamp& stamp) {
  int64_t count = 0;
  const auto removed = run_atomically(connection, [&]() -> Outcome {
    const auto late = read_rows<PeerId>(
        connection.query("SELECT id FROM peers WHERE verified_at IS NULL AND created_at <= ?1 LIMIT ?2",
                         {to_seconds(before), static_cast<int64_t>(limit)}),
        [](const Statement& row) -> Result<PeerId> { return PeerId{row.integer(0)}; });
    if (!late) return std::unexpected(late.error());
    for (const auto peer : *late) {
      if (auto gone = remove_peer(connection, peer, stamp); !gone) return gone;
    }
    count = static_cast<int64_t>(late->size());
    return {};
  });
  if (!removed) return std::unexpected(removed.error());
  return count;
}

Outcome bind_fingerprint(Connection& connection, PeerId peer, std::string_view fingerprint,
                         const AuditStamp& stamp) {
  if (auto valid = check_fingerprint(connection, fingerprint); !valid) return valid;
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    if (auto displaced = displace_waiting(connection, peer, "", fingerprint, stamp); !displaced)
      return displaced;
    const auto bound =
        connection.run("UPDATE peers SET fingerprint = ?2 WHERE id = ?1 AND fingerprint IS NULL",
                       {std::to_underlying(peer), fingerprint});
    if (!bound)
      return explain_conflict(connection, bound.error(), "another peer of the user has that fingerprint",
                              "let each peer make its own certificate");
    if (*bound > 0) return add_audit(connection, stamp, "peer.bind", *subject, fingerprint);
    const auto same = connection.number("SELECT count(*) FROM peers WHERE id = ?1 AND fingerprint = ?2",
                                        {std::to_underlying(peer), fingerprint});
    if (!same) return std::unexpected(same.error());
    if (*same > 0) return {};
    return refuse(connection, Fault::kConflict, "the peer is bound to another fingerprint",
                  "remove it and add it again");
  });
}

Outcome replace_fingerprint(Connection& connection, PeerId peer, std::string_view fingerprint,
                            const AuditStamp& stamp) {
  if (auto valid = check_fingerprint(connection, fingerprint); !valid) return valid;
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    if (auto displaced = displace_waiting(connection, peer, "", fingerprint, stamp); !displaced)
      return displaced;
    const auto replaced =
        connection.run("UPDATE peers SET fingerprint = ?2 WHERE id = ?1 AND fingerprint IS NOT ?2",
                       {std::to_underlying(peer), fingerprint});
    if (!replaced)
      return explain_conflict(connection, replaced.error(), "another peer of the user has that fingerprint",
                              "let each peer make its own certificate");
    return *replaced > 0 ? add_audit(connection, stamp, "peer.bind", *subject, fingerprint) : Outcome{};
  });
}

Outcome touch_last_connect(Connection& connection, std::span<const PeerConnect> connects) {
  return run_atomically(connection, [&]() -> Outcome {
    for (const auto& [peer, at] : connects) {
      const auto touched = connection.run(
          "UPDATE peers SET last_connect_at = ?2"
          " WHERE id = ?1 AND (last_connect_at IS NULL OR last_connect_at < ?2)",
          {std::to_underlying(peer), to_seconds(at)});
      if (!touched) return std::unexpected(touched.error());
    }
    return {};
  });
}

}  // namespace storage

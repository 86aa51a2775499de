#include "storage/read_peers.h"

#include <algorithm>
#include <utility>

#include "storage/accounts.h"
#include "storage/checks.h"
#include "storage/rows.h"
#include "storage/transaction.h"

namespace storage {
namespace {

Result<Peer> read_peer(const Statement& row) {
  return Peer{.id = PeerId{row.integer(0)},
              .account = AccountId{row.integer(1)},
              .name = std::string(row.text(2)),
              .kind = std::string(row.text(3)),
              .fingerprint = std::string(row.text(4)),
              .verified_at = optional_time(row, 5),
              .created_at = from_seconds(row.integer(6)),
              .last_connect_at = optional_time(row, 7),
              .legacy = row.integer(8) != 0};
}

Result<TokenHash> read_hash(const Connection& connection, const Statement& row, int column) {
  TokenHash hash{};
  if (row.bytes(column).size() != hash.size())
    return refuse(connection, Fault::kCorrupt, "a stored token has the wrong size", "restore a backup");
  std::ranges::copy(row.bytes(column), hash.begin());
  return hash;
}

Result<BearerToken> read_bearer_token(const Connection& connection, const Statement& row) {
  const auto hash = read_hash(connection, row, 0);
  if (!hash) return std::unexpected(hash.error());
  BearerToken token{.hash = *hash, .holder = PeerId{row.integer(1)}, .expires_at = optional_time(row, 3)};
  if (row.is_null(1)) token.holder = AccountId{row.integer(2)};
  return token;
}

}  // namespace

Result<std::vector<Peer>> list_peers(Connection& connection) {
  return read_rows<Peer>(
      connection.query("SELECT id, account_id, name, kind, fingerprint, verified_at, created_at,"
                       " last_connect_at, legacy FROM peers ORDER BY account_id, name"),
      read_peer);
}

Result<std::optional<Peer>> find_peer(Connection& connection, PeerId peer) {
  auto found = read_rows<Peer>(
      connection.query("SELECT id, account_id, name, kind, fingerprint, verified_at, created_at,"
                       " last_connect_at, legacy FROM peers WHERE id = ?1",
                       {std::to_underlying(peer)}),
      read_peer);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<Occupancy> read_occupancy(Connection& connection, std::optional<AccountId> account,
                                 std::string_view name, std::string_view fingerprint) {
  const auto id = account ? Value(std::to_underlying(*account)) : Value();  // NULL equals nothing
  const auto peers =
      connection.number("SELECT count(*) FROM peers WHERE account_id = ?1 AND verified_at IS NOT NULL", {id});
  if (!peers) return std::unexpected(peers.error());
  const auto waiting =
      connection.number("SELECT count(*) FROM peers WHERE account_id = ?1 AND verified_at IS NULL", {id});
  if (!waiting) return std::unexpected(waiting.error());
  const auto named =
      connection.number("SELECT count(*) FROM peers WHERE account_id = ?1 AND name = ?2", {id, name});
  if (!named) return std::unexpected(named.error());
  const auto holders = connection.number(
      "SELECT count(*) FROM peers WHERE account_id = ?1 AND fingerprint = ?2", {id, nullable(fingerprint)});
  if (!holders) return std::unexpected(holders.error());
  return Occupancy{static_cast<size_t>(*peers), static_cast<size_t>(*waiting), *named > 0, *holders > 0};
}

Result<FingerprintHolders> read_fingerprint_holders(Connection& connection, std::optional<AccountId> account,
                                                    std::string_view fingerprint) {
  const auto id = account ? Value(std::to_underlying(*account)) : Value();  // NULL equals nothing
  const auto here = read_rows<bool>(
      connection.query("SELECT verified_at IS NOT NULL FROM peers WHERE account_id = ?1 AND fingerprint = ?2",
                       {id, fingerprint}),
      [](const Statement& row) -> Result<bool> { return row.integer(0) != 0; });
  if (!here) return std::unexpected(here.error());
  const auto elsewhere = connection.number(
      "SELECT count(*) FROM peers WHERE legacy = 1 AND fingerprint = ?2 AND account_id IS NOT ?1",
      {id, fingerprint});
  if (!elsewhere) return std::unexpected(elsewhere.error());
  return FingerprintHolders{here->empty() ? std::nullopt : std::optional<bool>(here->front()),
                            *elsewhere > 0};
}

Result<std::vector<WaitingPeer>> list_waiting_peers(Connection& connection, AccountId account) {
  return read_rows<WaitingPeer>(
      connection.query("SELECT id, registered_from, otp_failures, created_at FROM peers"
                       " WHERE account_id = ?1 AND verified_at IS NULL ORDER BY id",
                       {std::to_underlying(account)}),
      [](const Statement& row) -> Result<WaitingPeer> {
        return WaitingPeer{.id = PeerId{row.integer(0)},
                           .source = std::string(row.text(1)),
                           .otp_failures = row.integer(2),
                           .created_at = from_seconds(row.integer(3))};
      });
}

Result<std::vector<std::string>> list_peer_names(Connection& connection, AccountId account) {
  return read_rows<std::string>(
      connection.query("SELECT name FROM peers WHERE account_id = ?1", {std::to_underlying(account)}),
      [](const Statement& row) -> Result<std::string> { return std::string(row.text(0)); });
}

Result<std::vector<BearerToken>> list_bearer_tokens(Connection& connection) {
  return read_rows<BearerToken>(connection.query("SELECT hash, peer_id, account_id, expires_at FROM tokens"
                                                 " WHERE purpose <> 'invitation' AND revoked_at IS NULL"),
                                [&](const Statement& row) { return read_bearer_token(connection, row); });
}

Result<uint64_t> read_peer_revision(Connection& connection) {
  const auto revision = connection.number("SELECT revision FROM revisions WHERE table_name = 'peers'");
  if (!revision) return std::unexpected(revision.error());
  return static_cast<uint64_t>(*revision);
}

namespace {

// Which rows changed after revision `from`, each as gone; read_changed_rows() puts in what is there.
Result<RegistryChanges> read_touched(Connection& connection, int64_t from) {
  RegistryChanges changes;
  auto noted =
      connection.query("SELECT account_id, peer_id, token FROM registry_changes WHERE revision > ?1", {from});
  if (!noted) return std::unexpected(noted.error());
  for (auto row = noted->step();; row = noted->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return changes;
    if (!noted->is_null(0)) changes.accounts[AccountId{noted->integer(0)}];
    if (!noted->is_null(1)) changes.peers[PeerId{noted->integer(1)}];
    if (noted->is_null(2)) continue;
    const auto hash = read_hash(connection, *noted, 2);
    if (!hash) return std::unexpected(hash.error());
    changes.tokens[*hash];
  }
}

Outcome read_changed_rows(Connection& connection, int64_t from, RegistryChanges& changes) {
  auto accounts = list_changed_accounts(connection, from);
  if (!accounts) return std::unexpected(accounts.error());
  for (auto& account : *accounts) changes.accounts[account.id] = std::move(account);
  auto peers = read_rows<Peer>(
      connection.query("SELECT id, account_id, name, kind, fingerprint, verified_at, created_at,"
                       " last_connect_at, legacy FROM peers"
                       " WHERE id IN (SELECT peer_id FROM registry_changes WHERE revision > ?1)",
                       {from}),
      read_peer);
  if (!peers) return std::unexpected(peers.error());
  for (auto& peer : *peers) changes.peers[peer.id] = std::move(peer);
  const auto tokens = read_rows<BearerToken>(
      connection.query("SELECT hash, peer_id, account_id, expires_at FROM tokens"
                       " WHERE purpose <> 'invitation' AND revoked_at IS NULL"
                       " AND hash IN (SELECT token FROM registry_changes WHERE revision > ?1)",
                       {from}),
      [&](const Statement& row) { return read_bearer_token(connection, row); });
  if (!tokens) return std::unexpected(tokens.error());
  for (const auto& token : *tokens) changes.tokens[token.hash] = token;
  return {};
}

// What changed between `since` and `revision`; nullopt: more than is noted.
Result<std::optional<RegistryChanges>> read_changes(Connection& connection, uint64_t since,
                                                    uint64_t revision) {
  const auto from = static_cast<int64_t>(since);
  const auto noted = connection.number("SELECT count(*) FROM registry_changes WHERE revision > ?1", {from});
  if (!noted) return std::unexpected(noted.error());
  if (since == 0 || *noted != static_cast<int64_t>(revision) - from) return std::nullopt;
  auto changes = read_touched(connection, from);
  if (!changes) return std::unexpected(changes.error());
  if (const auto read = read_changed_rows(connection, from, *changes); !read)
    return std::unexpected(read.error());
  return *std::move(changes);
}

}  // namespace

Result<std::shared_ptr<const PeerSnapshot>> load_peer_changes(Connection& connection,
                                                              const PeerSnapshot& before) {
  {
    const auto transaction = Transaction::begin_read(connection);  // all of one state
    if (!transaction) return std::unexpected(transaction.error());
    const auto revision = read_peer_revision(connection);
    if (!revision) return std::unexpected(revision.error());
    const auto changes = read_changes(connection, before.revision(), *revision);
    if (!changes) return std::unexpected(changes.error());
    if (*changes) return std::make_shared<const PeerSnapshot>(*revision, before, **changes);
  }
  return load_peer_snapshot(connection);
}

Result<std::shared_ptr<const PeerSnapshot>> load_peer_snapshot(Connection& connection) {
  const auto transaction = Transaction::begin_read(connection);  // all of one state
  if (!transaction) return std::unexpected(transaction.error());
  const auto revision = read_peer_revision(connection);
  if (!revision) return std::unexpected(revision.error());
  auto accounts = list_accounts(connection);
  if (!accounts) return std::unexpected(accounts.error());
  auto peers = list_peers(connection);
  if (!peers) return std::unexpected(peers.error());
  auto tokens = list_bearer_tokens(connection);
  if (!tokens) return std::unexpected(tokens.error());
  return std::make_shared<const PeerSnapshot>(*revision, *std::move(accounts), *std::move(peers),
                                              *std::move(tokens));
}

}  // namespace storage

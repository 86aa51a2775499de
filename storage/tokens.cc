#include "storage/tokens.h"

#include <algorithm>
#include <utility>

#include "storage/audit.h"
#include "storage/checks.h"
#include "storage/peer_subject.h"
#include "storage/rows.h"
#include "storage/transaction.h"

namespace storage {
namespace {

struct Columns {  // one of both is NULL
  Value peer, account;
};

Columns columns_of(const std::variant<PeerId, AccountId>& holder) {
  if (const auto* peer = std::get_if<PeerId>(&holder)) return {std::to_underlying(*peer), {}};
  return {{}, std::to_underlying(std::get<AccountId>(holder))};
}

Result<AuditSubject> subject_of(Connection& connection, AccountId account) {
  auto name = account_name(connection, account);
  if (!name) return std::unexpected(name.error());
  return AuditSubject{account, *std::move(name)};
}

Result<AuditSubject> subject_of_holder(Connection& connection,
                                       const std::variant<PeerId, AccountId>& holder) {
  return std::visit([&](auto id) { return subject_of(connection, id); }, holder);
}

Outcome check_room(Connection& connection, const Columns& holder, base::WallTime now) {
  const auto valid = connection.number(
      "SELECT count(*) FROM tokens WHERE purpose <> 'invitation' AND (peer_id = ?1 OR account_id = ?2)"
      " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)",
      {holder.peer, holder.account, to_seconds(now)});
  if (!valid) return std::unexpected(valid.error());
  if (static_cast<size_t>(*valid) < kMaxValidTokens) return {};
  return refuse(connection, Fault::kLimit, "there are 64 valid tokens of it", "revoke those not in use");
}

TokenPurpose purpose_of(std::string_view text) {
  if (text == "peer") return TokenPurpose::kPeer;
  return text == "account" ? TokenPurpose::kAccount : TokenPurpose::kInvitation;
}

Result<Token> read_token(const Statement& row) {
  Token token{.purpose = purpose_of(row.text(1)),
              .account_to_make = std::string(row.text(4)),
              .created_at = from_seconds(row.integer(5)),
              .expires_at = optional_time(row, 6),
              .used_at = optional_time(row, 7),
              .revoked_at = optional_time(row, 8)};
  std::ranges::copy(row.bytes(0).first(token.hash.size()), token.hash.begin());  // 32, says the schema
  if (!row.is_null(2)) token.peer = PeerId{row.integer(2)};
  if (!row.is_null(3)) token.account = AccountId{row.integer(3)};
  return token;
}

// The outcome for a token that could not be revoked.
Outcome why_not(Connection& connection, const TokenHash& hash) {
  const auto found = find_token(connection, hash);
  if (!found) return std::unexpected(found.error());
  if (*found)
    return refuse(connection, Fault::kSpent, "the token is used or revoked already", "nothing is to be done");
  return refuse(connection, Fault::kNotFound, "there is no such token", "check that it is written whole");
}

}  // namespace

Outcome add_token(Connection& connection, const NewToken& token, const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of_holder(connection, token.holder);
    if (!subject) return std::unexpected(subject.error());
    const auto holder = columns_of(token.holder);
    if (auto room = check_room(connection, holder, stamp.at); !room) return room;
    const std::string_view purpose = std::holds_alternative<PeerId>(token.holder) ? "peer" : "account";
    const auto added = connection.run(
        "INSERT INTO tokens (hash, purpose, peer_id, account_id, created_at, expires_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        {token.hash, purpose, holder.peer, holder.account, to_seconds(stamp.at), nullable(token.expires_at)});
    if (!added)
      return explain_conflict(connection, added.error(), "this token exists already", "make another one");
    // Whoever can show a token need not be believed.
    const auto proved =
        connection.run("UPDATE peers SET legacy = 0 WHERE id = ?1 AND legacy = 1", {holder.peer});
    if (!proved) return std::unexpected(proved.error());
    return add_audit(connection, stamp, "token.add", *subject, short_name(token.hash));
  });
}

Outcome revoke_token(Connection& connection, const TokenHash& hash, const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto revoked = connection.run(
        "UPDATE tokens SET revoked_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND revoked_at IS NULL",
        {hash, to_seconds(stamp.at)});
    if (!revoked) return std::unexpected(revoked.error());
    if (*revoked == 0) return why_not(connection, hash);
    const auto token = find_token(connection, hash);
    if (!token) return std::unexpected(token.error());
    auto subject = Result<AuditSubject>({AccountId{}, (*token)->account_to_make});
    if ((*token)->peer)
      subject = subject_of(connection, *(*token)->peer);
    else if ((*token)->account)
      subject = subject_of(connection, *(*token)->account);
    if (!subject) return std::unexpected(subject.error());
    const bool invitation = (*token)->purpose == TokenPurpose::kInvitation;
    return add_audit(connection, stamp, invitation ? "invitation.revoke" : "token.revoke", *subject,
                     short_name(hash));
  });
}

Result<int64_t> revoke_tokens_of(Connection& connection, PeerId peer, const AuditStamp& stamp) {
  int64_t count = 0;
  const auto done = run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    const auto revoked = connection.run(
        "UPDATE tokens SET revoked_at = ?2 WHERE peer_id = ?1 AND used_at IS NULL AND revoked_at IS NULL",
        {std::to_underlying(peer), to_seconds(stamp.at)});
    if (!revoked) return std::unexpected(revoked.error());
    count = *revoked;
    if (count == 0) return {};
    return add_audit(connection, stamp, "token.revoke", *subject, "all " + std::to_string(count));
  });
  if (!done) return std::unexpected(done.error());
  return count;
}

Result<int64_t> replace_tokens_of(Connection& connection, PeerId peer, const TokenHash& token,
                                  const AuditStamp& stamp) {
  int64_t count = 0;
  const auto done = run_atomically(connection, [&]() -> Outcome {
    const auto revoked = revoke_tokens_of(connection, peer, stamp);
    if (!revoked) return std::unexpected(revoked.error());
    count = *revoked;
    return add_token(connection, {.hash = token, .holder = peer, .expires_at = std::nullopt}, stamp);
  });
  if (!done) return std::unexpected(done.error());
  return count;
}

Result<std::optional<Token>> find_token(Connection& connection, const TokenHash& hash) {
  auto found = read_rows<Token>(
      connection.query("SELECT hash, purpose, peer_id, account_id, account_name, created_at, expires_at,"
                       " used_at, revoked_at FROM tokens WHERE hash = ?1",
                       {hash}),
      read_token);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<bool> is_bearer_of(Connection& connection, const TokenHash& hash, PeerId peer, base::WallTime now) {
  const auto token = find_token(connection, hash);
  if (!token) return std::unexpected(token.error());
  return *token && (*token)->purpose == TokenPurpose::kPeer && (*token)->peer == peer &&
         (*token)->is_valid(now);
}

Result<int64_t> purge_tokens(Connection& connection, base::WallTime before, size_t limit) {
  return connection.run(
      "DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens WHERE expires_at <= ?1 UNION ALL"
      " SELECT hash FROM tokens WHERE revoked_at <= ?1 LIMIT ?2)",
      {to_seconds(before), static_cast<int64_t>(limit)});
}

}  // namespace storage

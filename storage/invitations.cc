#include "storage/invitations.h"

#include <algorithm>
#include <utility>

#include "storage/accounts.h"
#include "storage/audit.h"
#include "storage/checks.h"
#include "storage/peer_subject.h"
#include "storage/peers.h"
#include "storage/rows.h"
#include "storage/tokens.h"
#include "storage/transaction.h"

namespace storage {
namespace {

// Where an invitation leads: an account that is there, or (id NULL) one that will be made.
struct Goal {
  std::optional<AccountId> account;
  std::string name;

  [[nodiscard]] Value id_column() const { return account ? Value(std::to_underlying(*account)) : Value(); }
  [[nodiscard]] Value name_column() const { return account ? Value() : Value(std::string_view(name)); }
};

Result<Goal> goal_of(Connection& connection, const std::variant<AccountId, std::string_view>& account,
                     SelfRegistered self_registered) {
  if (const auto* id = std::get_if<AccountId>(&account)) {
    auto name = account_name(connection, *id);
    if (!name) return std::unexpected(name.error());
    return Goal{*id, *std::move(name)};
  }
  const auto name = std::get<std::string_view>(account);
  if (auto valid = check_text(connection, "the user name", name, kMaxAccountNameOctets); !valid)
    return std::unexpected(valid.error());
  const auto found = find_account(connection, name);
  if (!found) return std::unexpected(found.error());
  if (*found && (*found)->self_registered && self_registered == SelfRegistered::kRefuse)
    return refuse_self_registered(connection);
  return Goal{*found ? std::optional((*found)->id) : std::nullopt, std::string(name)};
}

Outcome check_host(Connection& connection, const Goal& goal, PeerId made_by) {
  const auto verified = connection.number(
      "SELECT count(*) FROM peers WHERE id = ?1 AND account_id = ?2 AND verified_at IS NOT NULL",
      {std::to_underlying(made_by), goal.id_column()});
  if (!verified) return std::unexpected(verified.error());
  if (*verified > 0) return {};
  return refuse(connection, Fault::kNotFound, "there is no such verified peer of this user",
                "let a verified peer invite");
}

// The operator's are counted apart from those of peers: whoever took over a peer keeps nobody out.
Outcome check_room(Connection& connection, const Goal& goal, Value made_by, base::WallTime now) {
  constexpr std::string_view kCure = "`icebox peer invitations` lists them, `icebox peer revoke` makes room";
  const auto of_peer = connection.number(
      "SELECT count(*) FROM tokens WHERE purpose = 'invitation' AND peer_id = ?1"
      " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?2",
      {made_by, to_seconds(now)});
  if (!of_peer) return std::unexpected(of_peer.error());
  if (static_cast<size_t>(*of_peer) >= kMaxOpenInvitationsOfPeer)
    return refuse(connection, Fault::kLimit, "16 invitations of this peer are open", kCure);
  const auto open = connection.number(
      "SELECT count(*) FROM tokens WHERE purpose = 'invitation' AND (account_id = ?1 OR account_name = ?2)"
      " AND (peer_id IS NULL) = (?4 IS NULL) AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?3",
      {goal.id_column(), goal.name_column(), to_seconds(now), made_by});
  if (!open) return std::unexpected(open.error());
  if (static_cast<size_t>(*open) < kMaxOpenInvitations) return {};
  return refuse(connection, Fault::kLimit, "64 invitations of this user are open", kCure);
}

Result<Token> open_invitation(Connection& connection, const TokenHash& hash, base::WallTime now) {
  const auto token = find_token(connection, hash);
  if (!token) return std::unexpected(token.error());
  if (!*token || (*token)->purpose != TokenPurpose::kInvitation)
    return refuse(connection, Fault::kNotFound, "there is no such invitation",
                  "check that the link is whole");
  if (!(*token)->is_valid(now))
    return refuse(connection, Fault::kSpent, "the invitation was used, or is no longer valid",
                  "ask for a new one");
  return **token;
}

// The account that the invitation leads to, made if it is not there.
Result<AccountId> enter_account(Connection& connection, const Token& invitation, const AuditStamp& stamp) {
  if (invitation.account) return *invitation.account;
  const auto stranger = find_account(connection, invitation.account_to_make);
  if (!stranger) return std::unexpected(stranger.error());
  if (*stranger)
    return refuse(connection, Fault::kNameGone, "this user registered itself after the invitation was made",
                  "remove it (`icebox peer remove-user`), or invite to another name");
  return add_account(connection, invitation.account_to_make, OpenInvitations::kAdopt, stamp);
}

Outcome redeem(Connection& connection, const Redemption& redemption, const AuditStamp& stamp,
               Redeemed& redeemed) {
  const auto invitation = open_invitation(connection, redemption.invitation, stamp.at);
  if (!invitation) return std::unexpected(invitation.error());
  const auto account = enter_account(connection, *invitation, stamp);
  if (!account) return std::unexpected(account.error());
  const auto name = account_name(connection, *account);
  if (!name) return std::unexpected(name.error());
  const auto peer = add_peer(connection,
                             {.account = *account,
                              .name = redemption.peer_name,
                              .kind = redemption.kind,
                              .fingerprint = redemption.fingerprint,
                              .verified = true,
                              .token = redemption.token,
                              .max_peers = redemption.max_peers},
                             stamp);
  if (!peer) return std::unexpected(peer.error());
  const auto used = connection.run("UPDATE tokens SET used_at = ?2 WHERE hash = ?1",
                                   {redemption.invitation, to_seconds(stamp.at)});
  if (!used) return std::unexpected(used.error());
  redeemed = {*account, *name, *peer};
  return add_audit(connection, stamp, "invitation.redeem",
                   {*account, *name + "/" + std::string(redemption.peer_name)},
                   short_name(redemption.invitation));
}

}  // namespace

Outcome add_invitation(Connection& connection, const NewInvitation& invitation, const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto goal = goal_of(connection, invitation.account, invitation.self_registered);
    if (!goal) return std::unexpected(goal.error());
    if (invitation.made_by) {
      if (auto host = check_host(connection, *goal, *invitation.made_by); !host) return host;
    }
    const auto made_by = invitation.made_by ? Value(std::to_underlying(*invitation.made_by)) : Value();
    if (auto room = check_room(connection, *goal, made_by, stamp.at); !room) return room;
    const auto added = connection.run(
        "INSERT INTO tokens (hash, purpose, peer_id, account_id, account_name, created_at, expires_at)"
        " VALUES (?1, 'invitation', ?2, ?3, ?4, ?5, ?6)",
        {invitation.hash, made_by, goal->id_column(), goal->name_column(), to_seconds(stamp.at),
         to_seconds(invitation.expires_at)});
    if (!added)
      return explain_conflict(connection, added.error(), "this token exists already", "make another one");
    return add_audit(connection, stamp, "invitation.add", {goal->account.value_or(AccountId{}), goal->name},
                     short_name(invitation.hash));
  });
}

Result<Redeemed> redeem_invitation(Connection& connection, const Redemption& redemption,
                                   const AuditStamp& stamp) {
  Redeemed redeemed;
  const auto done =
      run_atomically(connection, [&] { return redeem(connection, redemption, stamp, redeemed); });
  if (!done) return std::unexpected(done.error());
  return redeemed;
}

Result<bool> is_reserved(Connection& connection, std::string_view account_name, base::WallTime now) {
  const auto open = connection.number(
      "SELECT count(*) FROM tokens WHERE account_name = ?1 AND used_at IS NULL AND revoked_at IS NULL"
      " AND expires_at > ?2",
      {account_name, to_seconds(now)});
  if (!open) return std::unexpected(open.error());
  return *open > 0;
}

Result<std::optional<base::WallTime>> read_redemption(Connection& connection, const TokenHash& invitation,
                                                      size_t count) {
  const auto at = connection.number(
      "SELECT at FROM audit WHERE action = 'invitation.redeem' AND account_id ="
      " (SELECT account_id FROM tokens WHERE hash = ?1 AND purpose = 'invitation')"
      " ORDER BY id DESC LIMIT 1 OFFSET ?2",
      {invitation, static_cast<int64_t>(count) - 1});
  if (!at) return std::unexpected(at.error());
  return *at == 0 ? std::nullopt : std::optional(from_seconds(*at));
}

Result<std::vector<OpenInvitation>> list_open_invitations(Connection& connection, base::WallTime now) {
  return read_rows<OpenInvitation>(
      connection.query("SELECT hash, coalesce(accounts.name, account_name), coalesce(peers.name, ''),"
                       " tokens.created_at, expires_at FROM tokens"
                       " LEFT JOIN accounts ON accounts.id = tokens.account_id"
                       " LEFT JOIN peers ON peers.id = tokens.peer_id"
                       " WHERE purpose = 'invitation' AND used_at IS NULL AND revoked_at IS NULL"
                       " AND expires_at > ?1 ORDER BY tokens.created_at, hash",
                       {to_seconds(now)}),
      [](const Statement& row) -> Result<OpenInvitation> {
        OpenInvitation open{.account_name = std::string(row.text(1)),
                            .made_by = std::string(row.text(2)),
                            .created_at = from_seconds(row.integer(3)),
                            .expires_at = from_seconds(row.integer(4))};
        std::ranges::copy(row.bytes(0).first(open.hash.size()), open.hash.begin());  // 32, says the schema
        open.id = short_name(open.hash);
        return open;
      });
}

}  // namespace storage

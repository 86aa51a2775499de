#include "storage/accounts.h"

#include <string>
#include <utility>

#include "storage/audit.h"
#include "storage/checks.h"
#include "storage/peer_subject.h"
#include "storage/rows.h"
#include "storage/transaction.h"

namespace storage {
namespace {

Result<Account> read_account(const Statement& row) {
  const auto secret = row.bytes(2);
  return Account{.id = AccountId{row.integer(0)},
                 .name = std::string(row.text(1)),
                 .otp_secret = {secret.begin(), secret.end()},
                 .created_at = from_seconds(row.integer(3)),
                 .self_registered = row.integer(4) != 0};
}

Result<int64_t> insert(Connection& connection, std::string_view name, bool self_registered,
                       base::WallTime now) {
  auto id = connection.number(
      "INSERT INTO accounts (name, created_at, self_registered) VALUES (?1, ?2, ?3) RETURNING id",
      {name, to_seconds(now), int64_t{self_registered}});
  if (id) return id;
  return explain_conflict(connection, id.error(), "an account of that name exists", "choose another name");
}

// Whoever was invited to an account that did not exist yet is welcome in it now.
Outcome adopt_invitations(Connection& connection, int64_t account, std::string_view name) {
  const auto adopted = connection.run(
      "UPDATE tokens SET account_id = ?1, account_name = NULL WHERE account_name = ?2", {account, name});
  if (!adopted) return std::unexpected(adopted.error());
  return {};
}

}  // namespace

Result<AccountId> add_account(Connection& connection, std::string_view name, OpenInvitations invitations,
                              const AuditStamp& stamp) {
  AccountId made{};
  const auto added = run_atomically(connection, [&]() -> Outcome {
    if (auto valid = check_text(connection, "the account name", name, kMaxAccountNameOctets); !valid)
      return valid;
    const auto id = insert(connection, name, invitations == OpenInvitations::kLeave, stamp.at);
    if (!id) return std::unexpected(id.error());
    made = AccountId{*id};
    if (invitations == OpenInvitations::kAdopt) {
      if (auto adopted = adopt_invitations(connection, *id, name); !adopted) return adopted;
    }
    return add_audit(connection, stamp, "account.add", {made, std::string(name)},
                     invitations == OpenInvitations::kLeave ? "self-registered" : "");
  });
  if (!added) return std::unexpected(added.error());
  return made;
}

Outcome remove_account(Connection& connection, AccountId account, const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto name = account_name(connection, account);
    if (!name) return std::unexpected(name.error());
    const auto removed = connection.run("DELETE FROM accounts WHERE id = ?1", {std::to_underlying(account)});
    if (!removed) return std::unexpected(removed.error());
    return add_audit(connection, stamp, "account.remove", {account, *name});
  });
}

Outcome set_otp_secret(Connection& connection, AccountId account, base::Bytes secret,
                       const AuditStamp& stamp) {
  if (!secret.empty() && (secret.size() < kMinOtpSecretOctets || secret.size() > kMaxOtpSecretOctets))
    return refuse(connection, Fault::kInvalid, "a secret of one-time passwords has 16 to 64 octets",
                  "make another one");
  return run_atomically(connection, [&]() -> Outcome {
    const auto name = account_name(connection, account);
    if (!name) return std::unexpected(name.error());
    // Passwords of another secret were never used, nor guessed at. With the same one all stays.
    const auto set = connection.run(
        "UPDATE accounts SET otp_secret = ?2,"
        " otp_last_step = CASE WHEN otp_secret IS ?2 THEN otp_last_step ELSE 0 END,"
        " otp_failures = CASE WHEN otp_secret IS ?2 THEN otp_failures ELSE 0 END,"
        " otp_first_failure_at = CASE WHEN otp_secret IS ?2 THEN otp_first_failure_at ELSE 0 END,"
        " otp_last_failure_at = CASE WHEN otp_secret IS ?2 THEN otp_last_failure_at ELSE 0 END"
        " WHERE id = ?1",
        {std::to_underlying(account), nullable(secret)});
    if (!set) return std::unexpected(set.error());
    return add_audit(connection, stamp, "account.otp", {account, *name}, secret.empty() ? "removed" : "set");
  });
}

Outcome remember_otp_step(Connection& connection, AccountId account, int64_t step) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto remembered =
        connection.run("UPDATE accounts SET otp_last_step = ?2 WHERE id = ?1 AND otp_last_step < ?2",
                       {std::to_underlying(account), step});
    if (!remembered) return std::unexpected(remembered.error());
    if (*remembered > 0) return {};
    if (const auto name = account_name(connection, account); !name) return std::unexpected(name.error());
    return refuse(connection, Fault::kConflict, "this one-time password was used already",
                  "wait for the next one");
  });
}

Result<std::optional<Account>> find_account(Connection& connection, std::string_view name) {
  auto found = read_rows<Account>(
      connection.query(
          "SELECT id, name, otp_secret, created_at, self_registered FROM accounts WHERE name = ?1", {name}),
      read_account);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

Result<std::vector<Account>> list_accounts(Connection& connection) {
  return read_rows<Account>(
      connection.query(
          "SELECT id, name, otp_secret, created_at, self_registered FROM accounts ORDER BY name"),
      read_account);
}

Result<std::vector<Account>> list_changed_accounts(Connection& connection, int64_t revision) {
  return read_rows<Account>(
      connection.query("SELECT id, name, otp_secret, created_at, self_registered FROM accounts"
                       " WHERE id IN (SELECT account_id FROM registry_changes WHERE revision > ?1)",
                       {revision}),
      read_account);
}

}  // namespace storage

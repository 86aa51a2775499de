#include "storage/audit.h"

#include <algorithm>
#include <utility>

#include "storage/checks.h"
#include "storage/rows.h"

namespace storage {

Outcome add_audit(Connection& connection, const AuditStamp& stamp, std::string_view action,
                  const AuditSubject& subject, std::string_view detail) {
  const auto added = connection.run(
      "INSERT INTO audit (at, actor, action, subject, detail, account_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      {to_seconds(stamp.at), stamp.actor, action, subject.name, detail, std::to_underlying(subject.account)});
  if (!added) return std::unexpected(added.error());
  return {};
}

Result<std::vector<AuditEntry>> list_audit(Connection& connection, size_t limit,
                                           std::optional<AccountId> account) {
  const auto of = account ? Value(std::to_underlying(*account)) : Value();
  auto entries =
      read_rows<AuditEntry>(connection.query("SELECT id, at, actor, action, subject, detail FROM audit"
                                             " WHERE ?2 IS NULL OR account_id = ?2 ORDER BY id DESC LIMIT ?1",
                                             {static_cast<int64_t>(limit), of}),
                            [](const Statement& row) -> Result<AuditEntry> {
                              return AuditEntry{.id = row.integer(0),
                                                .at = from_seconds(row.integer(1)),
                                                .actor = std::string(row.text(2)),
                                                .action = std::string(row.text(3)),
                                                .subject = std::string(row.text(4)),
                                                .detail = std::string(row.text(5))};
                            });
  if (entries) std::ranges::reverse(*entries);
  return entries;
}

Result<int64_t> prune_audit(Connection& connection, const AuditBounds& bounds, size_t limit) {
  const auto own = connection.run(
      "DELETE FROM audit WHERE id IN (SELECT id FROM ("
      "   SELECT id, row_number() OVER (PARTITION BY account_id ORDER BY id DESC) AS age FROM audit)"
      " WHERE age > ?1 ORDER BY id LIMIT ?2)",
      {static_cast<int64_t>(bounds.of_account), static_cast<int64_t>(limit)});
  if (!own) return own;
  const auto left = connection.number("SELECT count(*) FROM audit");
  if (!left) return left;
  const auto excess =
      std::min(*left - static_cast<int64_t>(bounds.in_all), static_cast<int64_t>(limit) - *own);
  if (excess <= 0) return own;
  const auto others = connection.run(
      "DELETE FROM audit WHERE id IN (SELECT audit.id FROM audit LEFT JOIN accounts ON accounts.id = "
      "account_id"
      " ORDER BY account_id <> 0 AND coalesce(self_registered, 1) DESC, audit.id LIMIT ?1)",
      {excess});
  if (!others) return others;
  return *own + *others;
}

}  // namespace storage

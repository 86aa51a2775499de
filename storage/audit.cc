#include "storage/audit.h"

#include <algorithm>

#include "storage/checks.h"
#include "storage/rows.h"

namespace storage {

Outcome add_audit(Connection& connection, const AuditStamp& stamp, std::string_view action,
                  std::string_view subject, std::string_view detail) {
  const auto added =
      connection.run("INSERT INTO audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                     {to_seconds(stamp.at), stamp.actor, action, subject, detail});
  if (!added) return std::unexpected(added.error());
  return {};
}

Result<std::vector<AuditEntry>> list_audit(Connection& connection, size_t limit) {
  auto entries = read_rows<AuditEntry>(
      connection.query("SELECT id, at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?1",
                       {static_cast<int64_t>(limit)}),
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

Result<int64_t> prune_audit(Connection& connection, size_t keep, size_t limit) {
  return connection.run(
      "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?1"
      " ORDER BY id LIMIT ?2)",
      {static_cast<int64_t>(keep), static_cast<int64_t>(limit)});
}

}  // namespace storage

// Who changed what in accounts, peers and tokens, and when. Every verb that changes them writes its line in
// the same transaction; what serves the running only (last connection, used one-time passwords, purges) is
// not noted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// Never holds a secret: a token appears as the first octets of its hash.
struct AuditEntry {
  int64_t id = 0;  // grows
  base::WallTime at;
  std::string actor;    // see AuditStamp
  std::string action;   // "account.add", "peer.verify", "invitation.redeem", ...
  std::string subject;  // "ACCOUNT" or "ACCOUNT/PEER", as they were called then
  std::string detail;   // may be empty
  bool operator==(const AuditEntry&) const = default;
};

// For the verbs, inside their transaction; and for what app does to a peer without storage (a kick).
[[nodiscard]] Outcome add_audit(Connection& connection, const AuditStamp& stamp, std::string_view action,
                                std::string_view subject, std::string_view detail = {});

// The newest `limit` entries, oldest of them first.
[[nodiscard]] Result<std::vector<AuditEntry>> list_audit(Connection& connection, size_t limit);

// Removes all but the newest `keep` entries, oldest first and up to `limit` of them: strangers who may
// register must not fill the disk. Gives how many went.
[[nodiscard]] Result<int64_t> prune_audit(Connection& connection, size_t keep, size_t limit);

}  // namespace storage

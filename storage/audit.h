// Who changed what in accounts, peers and tokens, and when. Every verb that changes them writes its line in
// the same transaction; what serves the running only (last connection, used one-time passwords, purges) is
// not noted.
#pragma once

#include <cstdint>
#include <optional>
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

// What an entry is about: "ACCOUNT" or "ACCOUNT/PEER", and the account itself; 0: there is none yet.
struct AuditSubject {
  AccountId account{};
  std::string name;
};

// For the verbs, inside their transaction; and for what app does to a peer without storage (a kick).
[[nodiscard]] Outcome add_audit(Connection& connection, const AuditStamp& stamp, std::string_view action,
                                const AuditSubject& subject, std::string_view detail = {});

// The newest `limit` entries, oldest of them first; of one account, if it is given.
[[nodiscard]] Result<std::vector<AuditEntry>> list_audit(Connection& connection, size_t limit,
                                                         std::optional<AccountId> account = std::nullopt);

struct AuditBounds {
  size_t of_account = 2000;  // entries about one account, or about none
  size_t in_all = 100'000;
};
// Removes what is beyond the bounds, oldest first and up to `limit` entries: strangers who may register must
// not fill the disk, nor wash out what others did. Of one account its own go; beyond the bound of all, those
// of accounts that are gone or registered themselves before any other. Gives how many went.
[[nodiscard]] Result<int64_t> prune_audit(Connection& connection, const AuditBounds& bounds, size_t limit);

}  // namespace storage

// What accounts and peers are called in the audit table; at the same time the check that they exist. Internal
// to storage.
#pragma once

#include <string>

#include "storage/audit.h"
#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// kNotFound if there is none.
[[nodiscard]] Result<std::string> account_name(Connection& connection, AccountId account);

// "ACCOUNT/PEER" of its account, or kNotFound.
[[nodiscard]] Result<AuditSubject> subject_of(Connection& connection, PeerId peer);

// How a token appears in the audit table: the first octets of its hash, in hex. Enough to tell tokens apart,
// and of no use to a thief.
[[nodiscard]] std::string short_name(const TokenHash& token);

}  // namespace storage

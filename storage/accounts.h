// The table of accounts. Every verb is one transaction with its line in the audit table: outside a
// transaction it is durable on return. For the command line call these directly; in the server hand them to
// Store::submit as jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// What becomes of open invitations that would have made an account of this name (invitations.h).
enum class OpenInvitations {
  kAdopt,  // they invite to the new account
  // They can no longer be redeemed: a stranger took the name, and nobody shall fall into their hands. The
  // account is marked as self-registered.
  kLeave,
};

// kConflict if one of that name exists, kInvalid if the name breaks its bounds. Like every verb here also
// kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Result<AccountId> add_account(Connection& connection, std::string_view name,
                                            OpenInvitations invitations, const AuditStamp& stamp);

// Its peers, tokens and invitations go with it. kNotFound.
[[nodiscard]] Outcome remove_account(Connection& connection, AccountId account, const AuditStamp& stamp);

// `secret` has kMinOtpSecretOctets to kMaxOtpSecretOctets, or is empty: no one-time passwords. kNotFound,
// kInvalid.
[[nodiscard]] Outcome set_otp_secret(Connection& connection, AccountId account, base::Bytes secret,
                                     const AuditStamp& stamp);

// Notes that the one-time password of time step `step` has been used (RFC 6238 §5.2: never accept it again).
// kConflict if this step or a later one was used already; kNotFound. Do it in one job with what the password
// allows.
[[nodiscard]] Outcome remember_otp_step(Connection& connection, AccountId account, int64_t step);

// nullopt if there is none of that name.
[[nodiscard]] Result<std::optional<Account>> find_account(Connection& connection, std::string_view name);

// All accounts in the order of their names' octets.
[[nodiscard]] Result<std::vector<Account>> list_accounts(Connection& connection);

// Those of them that changed after `revision` of read_peer_revision(), as far as that is noted.
[[nodiscard]] Result<std::vector<Account>> list_changed_accounts(Connection& connection, int64_t revision);

}  // namespace storage

// Invitations: tokens that are redeemed once for a new, verified peer. Every verb is one transaction, as in
// peers.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// Open at a time to one account, of the operator and of the peers each; one more is refused with kLimit.
inline constexpr size_t kMaxOpenInvitations = 64;
inline constexpr size_t kMaxOpenInvitationsOfPeer = 16;

struct NewInvitation {
  TokenHash hash{};
  // Where it leads: an account, or the name of one that redeeming it makes. If an account of that name exists
  // already, it leads there.
  std::variant<AccountId, std::string_view> account;
  // The verified peer of the account that invites, if one does: when it is removed or its tokens are revoked,
  // nobody comes in by its invitations any more.
  std::optional<PeerId> made_by;
  base::WallTime expires_at;
  // Of an account given by its name; a peer of the account knows where it is.
  SelfRegistered self_registered = SelfRegistered::kRefuse;
};

// kNotFound: no such account, or `made_by` is no verified peer of it. kConflict: the token exists. kLimit.
// kInvalid: bounds of the name. kConflict also: the account registered itself. Like every verb here also
// kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Outcome add_invitation(Connection& connection, const NewInvitation& invitation,
                                     const AuditStamp& stamp);

struct Redemption {
  TokenHash invitation{};
  std::string_view peer_name;
  std::string_view kind;
  std::string_view fingerprint;  // empty: bound when it first proves one
  TokenHash token{};             // the new peer's bearer token
  size_t max_peers = 20;         // of the account, the new one included
};

struct Redeemed {
  AccountId account{};
  std::string account_name;
  PeerId peer{};
};

// Whole or not at all: marks the invitation used, makes its account if it is to, the verified peer and its
// bearer token. kNotFound: no such invitation. kSpent: it was used, expired or revoked. kConflict: the
// account has a peer of that name or fingerprint, or the token exists. kNameGone: a stranger took
// the account's name first (OpenInvitations::kLeave). kLimit: the account has max_peers. kInvalid: bounds of
// peer.h. After an error the invitation is as good as before.
[[nodiscard]] Result<Redeemed> redeem_invitation(Connection& connection, const Redemption& redemption,
                                                 const AuditStamp& stamp);

// Whether an invitation is open that would make an account of this name: then strangers must not make it.
[[nodiscard]] Result<bool> is_reserved(Connection& connection, std::string_view account_name,
                                       base::WallTime now);

// When the account that `invitation` leads to was joined by an invitation for the `count`th time from the newest;
// nullopt: not so often, as far as the audit table tells, or there is no such invitation or account. To be asked
// in the transaction that redeems it.
[[nodiscard]] Result<std::optional<base::WallTime>> read_redemption(Connection& connection,
                                                                    const TokenHash& invitation,
                                                                    size_t count);

struct OpenInvitation {
  TokenHash hash{};
  std::string id;  // as the audit table calls it: the first octets of the hash, in hex
  std::string account_name;
  std::string made_by;  // the peer's name; empty: the operator
  base::WallTime created_at;
  base::WallTime expires_at;
};
// Those that may still be redeemed, oldest first. revoke_token() ends one.
[[nodiscard]] Result<std::vector<OpenInvitation>> list_open_invitations(Connection& connection,
                                                                        base::WallTime now);

}  // namespace storage

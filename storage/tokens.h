// The table of tokens: what a peer or an account shows to prove itself. Invitations, which are tokens too,
// are made and redeemed by invitations.h. Every verb is one transaction, as in peers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

// Of one peer or account may be valid at a time; one more is refused with kLimit.
inline constexpr size_t kMaxValidTokens = 64;

struct NewToken {
  TokenHash hash{};
  std::variant<PeerId, AccountId> holder;
  std::optional<base::WallTime> expires_at;
};

// A bearer token. A peer that has had one is not legacy any more. kNotFound: no such holder; kConflict: it
// exists; kLimit. Like every verb here also kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Outcome add_token(Connection& connection, const NewToken& token, const AuditStamp& stamp);

// From now on the token, or invitation, is good for nothing. kNotFound: unknown; kSpent: it was already.
[[nodiscard]] Outcome revoke_token(Connection& connection, const TokenHash& hash, const AuditStamp& stamp);

// All bearer tokens of a peer and the open invitations that it made. Gives how many those were. kNotFound: no
// such peer.
[[nodiscard]] Result<int64_t> revoke_tokens_of(Connection& connection, PeerId peer, const AuditStamp& stamp);

// The same, and `token`, which does not expire, is the only bearer token that the peer has then. Gives how
// many went.
[[nodiscard]] Result<int64_t> replace_tokens_of(Connection& connection, PeerId peer, const TokenHash& token,
                                                const AuditStamp& stamp);

enum class TokenPurpose {
  kPeer,        // bearer token of a peer
  kAccount,     // bearer token of an account
  kInvitation,  // may be redeemed for a new peer, once
};

struct Token {
  TokenHash hash{};
  TokenPurpose purpose = TokenPurpose::kPeer;
  std::optional<PeerId> peer;        // the bearer; of an invitation the peer who made it, if one did
  std::optional<AccountId> account;  // the bearer; of an invitation where it leads
  std::string account_to_make;       // of an invitation to an account that does not exist yet
  base::WallTime created_at;
  std::optional<base::WallTime> expires_at;
  std::optional<base::WallTime> used_at;
  std::optional<base::WallTime> revoked_at;

  // Neither used, revoked nor expired.
  [[nodiscard]] bool is_valid(base::WallTime now) const {
    return !used_at && !revoked_at && (!expires_at || *expires_at > now);
  }
  bool operator==(const Token&) const = default;
};

// As the file has it, valid or not; nullopt if unknown. Bearers in the server: PeerSnapshot.
[[nodiscard]] Result<std::optional<Token>> find_token(Connection& connection, const TokenHash& hash);

// Whether `hash` is a valid bearer token of `peer` at `now`. To be asked in the transaction that writes in
// the peer's name: a snapshot may be older than the revocation.
[[nodiscard]] Result<bool> is_bearer_of(Connection& connection, const TokenHash& hash, PeerId peer,
                                        base::WallTime now);

// Removes up to `limit` tokens that expired, or were revoked, before `before`; not audited. Gives how many
// went. Until then a used invitation is told apart from an unknown one.
[[nodiscard]] Result<int64_t> purge_tokens(Connection& connection, base::WallTime before, size_t limit);

}  // namespace storage

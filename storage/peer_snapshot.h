// All accounts, peers and bearer tokens at one moment, in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/peer.h"

namespace storage {

// A bearer token that was not revoked; it may have expired.
struct BearerToken {
  TokenHash hash{};
  std::variant<PeerId, AccountId> holder;
  std::optional<base::WallTime> expires_at;

  [[nodiscard]] bool is_valid(base::WallTime now) const { return !expires_at || *expires_at > now; }
};

// Whom a bearer token proves. Both live as long as the snapshot.
struct Bearer {
  const Account* account;  // never null
  const Peer* peer;        // null: the account itself
};

// Immutable, so any number of threads may read it. About 420 octets per peer with its token. Every look-up is
// a binary search without allocation; what it gives lives as long as the snapshot. A few peers that changed
// since everything was read stand beside it and count in place of what was read.
class PeerSnapshot {
 public:
  // More of them, and everything is read again.
  static constexpr size_t kMaxChanged = 256;

  PeerSnapshot();
  // `accounts` in the order of their names' octets, `peers` in that of account and name, as read_peers.h
  // gives them; `tokens` in any. `revision` is read_peer_revision() at that moment.
  PeerSnapshot(uint64_t revision, std::vector<Account> accounts, std::vector<Peer> peers,
               std::vector<BearerToken> tokens);
  // As `before`, but for the peers in `changed`: each is there already, and of the same account. Costs
  // nothing for the others.
  PeerSnapshot(uint64_t revision, const PeerSnapshot& before, std::vector<Peer> changed);
  PeerSnapshot(const PeerSnapshot&) = delete;
  PeerSnapshot& operator=(const PeerSnapshot&) = delete;
  ~PeerSnapshot();

  // nullptr if unknown.
  [[nodiscard]] const Account* find_account(std::string_view name) const;
  [[nodiscard]] const Account* find(AccountId id) const;
  [[nodiscard]] const Peer* find(PeerId id) const;
  [[nodiscard]] const Peer* find(AccountId account, std::string_view name) const;
  // By 64 upper-case hex digits: of the account, if it is given, at most one.
  [[nodiscard]] std::vector<const Peer*> find_fingerprint(std::string_view fingerprint) const;
  [[nodiscard]] const Peer* find_fingerprint(AccountId account, std::string_view fingerprint) const;

  // nullopt if the token is unknown, or no longer valid at `now`.
  [[nodiscard]] std::optional<Bearer> find_bearer(const TokenHash& token, base::WallTime now) const;

  // Whether a token of `peer` is valid whose hash begins with `prefix`, big-endian: names of TURN credentials
  // hold no more of it.
  [[nodiscard]] bool has_bearer(PeerId peer, uint64_t prefix, base::WallTime now) const;
  // Peers with tokens that were valid here at `then` and are not in `after` at `now`: revoked, gone with
  // their peer, or expired. Ordered, each once. Takes one pass over all tokens.
  [[nodiscard]] std::vector<PeerId> peers_with_tokens_gone(base::WallTime then, const PeerSnapshot& after,
                                                           base::WallTime now) const;
  // When, after `now`, the next token expires; nullopt: none will. Takes one pass over all tokens.
  [[nodiscard]] std::optional<base::WallTime> next_expiry(base::WallTime now) const;

  [[nodiscard]] std::span<const Account> accounts() const;  // ordered by name
  // Where peers have changed, the first call puts them among the others, which takes one pass over all.
  [[nodiscard]] std::span<const Peer> peers() const;                      // by account, then name
  [[nodiscard]] std::span<const Peer> peers_of(AccountId account) const;  // ordered by name

  // Whether both differ in changed() alone: accounts and tokens are the same, and nobody came or went.
  [[nodiscard]] bool differs_in_changed_only(const PeerSnapshot& other) const;
  // Those that changed since everything was read, ordered by id; at most kMaxChanged.
  [[nodiscard]] std::span<const Peer> changed() const { return changed_; }

  // Of two snapshots of one database the one with the greater revision is newer. 0: made of nothing.
  [[nodiscard]] uint64_t revision() const { return revision_; }

 private:
  struct Loaded;

  [[nodiscard]] const Peer* find_changed(PeerId id) const;

  uint64_t revision_ = 0;
  std::shared_ptr<const Loaded> loaded_;  // never null; shared by those that differ in changed_ only
  std::vector<Peer> changed_;             // by id
  mutable std::once_flag merging_;
  mutable std::vector<Peer> merged_;  // of peers(), if something has changed
};

}  // namespace storage

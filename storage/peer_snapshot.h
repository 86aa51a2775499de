// All accounts, peers and bearer tokens at one moment, in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
  bool operator==(const BearerToken&) const = default;
};

// Whom a bearer token proves. Both live as long as the snapshot.
struct Bearer {
  const Account* account;  // never null
  const Peer* peer;        // null: the account itself
};

// What has become of rows that changed; nullopt: they are gone.
struct RegistryChanges {
  std::map<AccountId, std::optional<Account>> accounts;
  std::map<PeerId, std::optional<Peer>> peers;
  std::map<TokenHash, std::optional<BearerToken>> tokens;
};

// Which rows changed. Ordered, each once.
struct TouchedRows {
  std::vector<AccountId> accounts;
  std::vector<PeerId> peers;
  std::vector<TokenHash> tokens;

  [[nodiscard]] size_t size() const { return accounts.size() + peers.size() + tokens.size(); }
};

// Immutable, so any number of threads may read it. Some 700 octets per peer with its token, shared with the
// snapshots before and after but for what changed. Every look-up of one takes some log2 of their number and no
// allocation; what it gives lives as long as the snapshot.
class PeerSnapshot {
 public:
  PeerSnapshot();
  // In any order. `revision` is read_peer_revision() at that moment.
  PeerSnapshot(uint64_t revision, std::vector<Account> accounts, std::vector<Peer> peers,
               std::vector<BearerToken> tokens);
  // As `before`, but for what changed since. Costs some microseconds for each change, however many others there
  // are.
  PeerSnapshot(uint64_t revision, const PeerSnapshot& before, const RegistryChanges& changes);
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
  // their peer, or expired. Ordered, each once. Looks at what `after` knows to have changed since and at what
  // expired; at all tokens, if it does not know.
  [[nodiscard]] std::vector<PeerId> peers_with_tokens_gone(base::WallTime then, const PeerSnapshot& after,
                                                           base::WallTime now) const;
  // When, after `now`, the next token expires; nullopt: none will.
  [[nodiscard]] std::optional<base::WallTime> next_expiry(base::WallTime now) const;

  // One pass over all.
  [[nodiscard]] std::vector<const Account*> accounts() const;    // ordered by name
  [[nodiscard]] std::vector<const Peer*> peers() const;          // by account, then name
  [[nodiscard]] std::vector<const BearerToken*> tokens() const;  // by hash
  [[nodiscard]] size_t peer_count() const;
  [[nodiscard]] std::vector<const Peer*> peers_of(AccountId account) const;  // ordered by name

  // What may differ from a snapshot of `revision`, an older one; nullopt: everything may, for too much has
  // changed since, or all was read again.
  [[nodiscard]] std::optional<TouchedRows> touched_since(uint64_t revision) const;

  // Of two snapshots of one database the one with the greater revision is newer. 0: made of nothing.
  [[nodiscard]] uint64_t revision() const { return revision_; }

 private:
  struct Rows;
  struct Step;  // from one snapshot to the next

  void remember(std::vector<std::shared_ptr<const Step>> steps, const Step& last);

  uint64_t revision_ = 0;
  std::shared_ptr<const Rows> rows_;                // never null
  std::vector<std::shared_ptr<const Step>> steps_;  // the last ones, newest last
};

}  // namespace storage

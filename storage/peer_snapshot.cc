#include "storage/peer_snapshot.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "storage/persistent_rows.h"

namespace storage {
namespace {

using AccountRow = std::shared_ptr<const Account>;
using PeerRow = std::shared_ptr<const Peer>;

struct Id {
  auto operator()(const auto& row) const { return row->id; }
};
struct AccountName {
  std::string_view operator()(const AccountRow& row) const { return row->name; }
};
struct OwnName {
  std::tuple<AccountId, std::string_view> operator()(const PeerRow& row) const {
    return {row->account, row->name};
  }
};
struct Fingerprint {
  std::tuple<std::string_view, PeerId> operator()(const PeerRow& row) const {
    return {row->fingerprint, row->id};
  }
};
struct Hash {
  const TokenHash& operator()(const BearerToken& token) const { return token.hash; }
};
struct Expiry {
  base::WallTime at;
  TokenHash hash;
};
struct ExpiryOrder {
  std::tuple<base::WallTime, const TokenHash&> operator()(const Expiry& expiry) const {
    return {expiry.at, expiry.hash};
  }
};

constexpr size_t kFingerprintDigits = 64;
// How far behind its newest snapshot who looks may be and still be told what changed: more than piles up while
// it waits for its turn. Rows: a tidying of peers that waited changes a thousand at once.
constexpr size_t kMaxSteps = 256;
constexpr size_t kMaxTouched = 16 * 1024;

constexpr PeerId kFirstPeer{0};

// The least key of what expires after `now`.
std::tuple<base::WallTime, TokenHash> after_second(base::WallTime now) {
  return {now + std::chrono::seconds(1), TokenHash{}};
}

template <typename KeyOf, typename Row>
PersistentRows<Row, KeyOf> ordered(std::vector<Row> rows) {
  std::ranges::sort(rows, [](const Row& a, const Row& b) { return KeyOf{}(a) < KeyOf{}(b); });
  return PersistentRows<Row, KeyOf>(std::span<const Row>(rows));
}

template <typename Value>
std::vector<std::shared_ptr<const Value>> shared(std::vector<Value> values) {
  std::vector<std::shared_ptr<const Value>> rows;
  rows.reserve(values.size());
  for (auto& value : values) rows.push_back(std::make_shared<const Value>(std::move(value)));
  return rows;
}

template <typename Key>
void sort_once(std::vector<Key>& keys) {
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
}

void append(TouchedRows& all, const TouchedRows& more) {
  all.accounts.insert(all.accounts.end(), more.accounts.begin(), more.accounts.end());
  all.peers.insert(all.peers.end(), more.peers.begin(), more.peers.end());
  all.tokens.insert(all.tokens.end(), more.tokens.begin(), more.tokens.end());
}

TouchedRows rows_of(const RegistryChanges& changes) {
  TouchedRows touched;
  for (const auto& [id, now] : changes.accounts) touched.accounts.push_back(id);
  for (const auto& [id, now] : changes.peers) touched.peers.push_back(id);
  for (const auto& [hash, now] : changes.tokens) touched.tokens.push_back(hash);
  return touched;
}

}  // namespace

struct PeerSnapshot::Rows {
  PersistentRows<AccountRow, Id> accounts;
  PersistentRows<AccountRow, AccountName> accounts_by_name;
  PersistentRows<PeerRow, Id> peers;
  PersistentRows<PeerRow, OwnName> peers_by_name;
  PersistentRows<PeerRow, Fingerprint> peers_by_fingerprint;
  PersistentRows<BearerToken, Hash> tokens;
  PersistentRows<Expiry, ExpiryOrder> expiries;

  void remove(AccountId id) {
    const auto* row = accounts.find(id);
    if (!row) return;
    accounts_by_name = accounts_by_name.without(AccountName{}(*row));
    accounts = accounts.without(id);
  }
  void remove(PeerId id) {
    const auto* found = peers.find(id);
    if (!found) return;
    const auto row = *found;
    peers_by_name = peers_by_name.without(OwnName{}(row));
    peers_by_fingerprint = peers_by_fingerprint.without(Fingerprint{}(row));
    peers = peers.without(id);
  }
  void remove(const TokenHash& hash) {
    const auto* token = tokens.find(hash);
    if (!token) return;
    if (token->expires_at) expiries = expiries.without(std::tuple(*token->expires_at, hash));
    tokens = tokens.without(hash);
  }
  void add(const Account& account) {
    const auto row = std::make_shared<const Account>(account);
    accounts = accounts.with(row);
    accounts_by_name = accounts_by_name.with(row);
  }
  void add(const Peer& peer) {
    const auto row = std::make_shared<const Peer>(peer);
    peers = peers.with(row);
    peers_by_name = peers_by_name.with(row);
    if (peer.fingerprint.size() == kFingerprintDigits) peers_by_fingerprint = peers_by_fingerprint.with(row);
  }
  void add(const BearerToken& token) {
    tokens = tokens.with(token);
    if (token.expires_at) expiries = expiries.with({*token.expires_at, token.hash});
  }
  // All old rows first: two peers may have exchanged their names.
  template <typename Key, typename Value>
  void apply(const std::map<Key, std::optional<Value>>& changes) {
    for (const auto& [key, now] : changes) remove(key);
    for (const auto& [key, now] : changes) {
      if (now) add(*now);
    }
  }
};

struct PeerSnapshot::Step {
  uint64_t from, to;  // revisions
  TouchedRows touched;
};

PeerSnapshot::PeerSnapshot() : rows_(std::make_shared<const Rows>()) {}
PeerSnapshot::~PeerSnapshot() = default;

PeerSnapshot::PeerSnapshot(uint64_t revision, std::vector<Account> accounts, std::vector<Peer> peers,
                           std::vector<BearerToken> tokens)
    : revision_(revision) {
  const auto account_rows = shared(std::move(accounts));
  const auto peer_rows = shared(std::move(peers));
  std::vector<PeerRow> bound;
  std::ranges::copy_if(peer_rows, std::back_inserter(bound),
                       [](const PeerRow& peer) { return peer->fingerprint.size() == kFingerprintDigits; });
  std::vector<Expiry> expiries;
  for (const auto& token : tokens) {
    if (token.expires_at) expiries.push_back({*token.expires_at, token.hash});
  }
  rows_ = std::make_shared<const Rows>(Rows{.accounts = ordered<Id>(account_rows),
                                            .accounts_by_name = ordered<AccountName>(account_rows),
                                            .peers = ordered<Id>(peer_rows),
                                            .peers_by_name = ordered<OwnName>(peer_rows),
                                            .peers_by_fingerprint = ordered<Fingerprint>(std::move(bound)),
                                            .tokens = ordered<Hash>(std::move(tokens)),
                                            .expiries = ordered<ExpiryOrder>(std::move(expiries))});
}

PeerSnapshot::PeerSnapshot(uint64_t revision, const PeerSnapshot& before, const RegistryChanges& changes)
    : revision_(revision) {
  Rows rows = *before.rows_;
  rows.apply(changes.accounts);
  rows.apply(changes.peers);
  rows.apply(changes.tokens);
  rows_ = std::make_shared<const Rows>(std::move(rows));
  remember(before.steps_, {before.revision_, revision, rows_of(changes)});
}

void PeerSnapshot::remember(std::vector<std::shared_ptr<const Step>> steps, const Step& last) {
  steps_ = std::move(steps);
  steps_.push_back(std::make_shared<const Step>(last));
  size_t touched = 0;
  size_t kept = 0;
  while (kept < std::min(steps_.size(), kMaxSteps)) {
    touched += steps_[steps_.size() - 1 - kept]->touched.size();
    if (touched > kMaxTouched) break;
    ++kept;
  }
  steps_.erase(steps_.begin(), steps_.end() - static_cast<ptrdiff_t>(kept));
}

std::optional<TouchedRows> PeerSnapshot::touched_since(uint64_t revision) const {
  TouchedRows all;
  if (revision == revision_) return all;
  // Two threads may have read from the same snapshot: a step may begin before the one that asks.
  const auto first = std::ranges::find_if(steps_, [&](const auto& step) { return step->to > revision; });
  if (first == steps_.end() || (*first)->from > revision) return std::nullopt;
  for (auto step = first; step != steps_.end(); ++step) append(all, (*step)->touched);
  sort_once(all.accounts);
  sort_once(all.peers);
  sort_once(all.tokens);
  return all;
}

const Account* PeerSnapshot::find_account(std::string_view name) const {
  const auto* row = rows_->accounts_by_name.find(name);
  return row ? row->get() : nullptr;
}

const Account* PeerSnapshot::find(AccountId id) const {
  const auto* row = rows_->accounts.find(id);
  return row ? row->get() : nullptr;
}

const Peer* PeerSnapshot::find(PeerId id) const {
  const auto* row = rows_->peers.find(id);
  return row ? row->get() : nullptr;
}

const Peer* PeerSnapshot::find(AccountId account, std::string_view name) const {
  const auto* row = rows_->peers_by_name.find(std::tuple(account, name));
  return row ? row->get() : nullptr;
}

std::vector<const Peer*> PeerSnapshot::find_fingerprint(std::string_view fingerprint) const {
  std::vector<const Peer*> found;
  rows_->peers_by_fingerprint.visit_from(std::tuple(fingerprint, kFirstPeer), [&](const PeerRow& row) {
    const bool same = row->fingerprint == fingerprint;
    if (same) found.push_back(row.get());
    return same;
  });
  return found;
}

const Peer* PeerSnapshot::find_fingerprint(AccountId account, std::string_view fingerprint) const {
  for (const auto* peer : find_fingerprint(fingerprint)) {
    if (peer->account == account) return peer;
  }
  return nullptr;
}

std::optional<Bearer> PeerSnapshot::find_bearer(const TokenHash& token, base::WallTime now) const {
  const auto* found = rows_->tokens.find(token);
  if (found == nullptr || !found->is_valid(now)) return std::nullopt;
  const auto* id = std::get_if<PeerId>(&found->holder);
  const Peer* peer = id == nullptr ? nullptr : find(*id);
  if (id != nullptr && peer == nullptr) return std::nullopt;
  const Account* account = find(peer == nullptr ? std::get<AccountId>(found->holder) : peer->account);
  if (account == nullptr) return std::nullopt;
  return Bearer{account, peer};
}

bool PeerSnapshot::has_bearer(PeerId peer, uint64_t prefix, base::WallTime now) const {
  TokenHash first{};
  base::store_be64(first.data(), prefix);
  bool has = false;
  rows_->tokens.visit_from(first, [&](const BearerToken& token) {
    if (base::load_be64(token.hash.data()) != prefix) return false;
    has = token.holder == std::variant<PeerId, AccountId>(peer) && token.is_valid(now);
    return !has;
  });
  return has;
}

std::vector<PeerId> PeerSnapshot::peers_with_tokens_gone(base::WallTime then, const PeerSnapshot& after,
                                                         base::WallTime now) const {
  std::vector<PeerId> peers;
  const auto look = [&](const BearerToken& token) {
    const auto* same = after.rows_->tokens.find(token.hash);
    if (!token.is_valid(then) || (same && same->is_valid(now))) return;
    if (const auto* peer = std::get_if<PeerId>(&token.holder)) peers.push_back(*peer);
  };
  if (const auto touched = after.touched_since(revision_)) {
    for (const auto& hash : touched->tokens) {
      if (const auto* token = rows_->tokens.find(hash)) look(*token);
    }
    rows_->expiries.visit_from(after_second(then), [&](const Expiry& expiry) {
      if (expiry.at <= now) look(*rows_->tokens.find(expiry.hash));
      return expiry.at <= now;
    });
  } else {
    rows_->tokens.visit_all(look);
  }
  sort_once(peers);
  return peers;
}

std::optional<base::WallTime> PeerSnapshot::next_expiry(base::WallTime now) const {
  const auto* next = rows_->expiries.lower_bound(after_second(now));
  return next ? std::optional(next->at) : std::nullopt;
}

std::vector<const Account*> PeerSnapshot::accounts() const {
  std::vector<const Account*> all;
  rows_->accounts_by_name.visit_all([&](const AccountRow& row) { all.push_back(row.get()); });
  return all;
}

std::vector<const Peer*> PeerSnapshot::peers() const {
  std::vector<const Peer*> all;
  all.reserve(peer_count());
  rows_->peers_by_name.visit_all([&](const PeerRow& row) { all.push_back(row.get()); });
  return all;
}

std::vector<const BearerToken*> PeerSnapshot::tokens() const {
  std::vector<const BearerToken*> all;
  rows_->tokens.visit_all([&](const BearerToken& token) { all.push_back(&token); });
  return all;
}

size_t PeerSnapshot::peer_count() const { return rows_->peers.size(); }

std::vector<const Peer*> PeerSnapshot::peers_of(AccountId account) const {
  std::vector<const Peer*> all;
  rows_->peers_by_name.visit_from(std::tuple(account, std::string_view()), [&](const PeerRow& row) {
    if (row->account != account) return false;
    all.push_back(row.get());
    return true;
  });
  return all;
}

}  // namespace storage

#include "storage/peer_snapshot.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/bytes.h"

namespace storage {
namespace {

uint64_t key_of(AccountId id) { return static_cast<uint64_t>(std::to_underlying(id)); }
uint64_t key_of(PeerId id) { return static_cast<uint64_t>(std::to_underlying(id)); }
// Big-endian, so that the order of keys is that of the texts.
uint64_t key_of(std::string_view fingerprint) { return base::load_be64(base::as_bytes(fingerprint).data()); }
uint64_t key_of(const TokenHash& hash) { return base::load_be64(hash.data()); }

// An index of all `rows` for which `has_key`, ordered by the whole key that `projection` gives.
template <typename Entry, typename Row, typename Projection, typename HasKey>
std::vector<Entry> index_of(const std::vector<Row>& rows, Projection projection, HasKey has_key) {
  std::vector<Entry> index;
  index.reserve(rows.size());
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (has_key(rows[i])) index.push_back({key_of(projection(rows[i])), i});
  }
  std::ranges::sort(index, [&](const Entry& a, const Entry& b) {
    if (a.key != b.key) return a.key < b.key;
    return projection(rows[a.row]) < projection(rows[b.row]);
  });
  return index;
}

// The row with the key `wanted`, or nullptr.
template <typename Entry, typename Row, typename Key, typename Projection>
const Row* look_up(const std::vector<Entry>& index, const std::vector<Row>& rows, const Key& wanted,
                   Projection projection) {
  const uint64_t key = key_of(wanted);
  const auto found = std::ranges::partition_point(index, [&](const Entry& entry) {
    if (entry.key != key) return entry.key < key;
    return projection(rows[entry.row]) < wanted;
  });
  if (found == index.end() || found->key != key) return nullptr;
  const Row& row = rows[found->row];
  return projection(row) == wanted ? &row : nullptr;
}

constexpr auto kAll = [](const auto&) { return true; };
constexpr auto kAccountId = [](const Account& account) { return account.id; };
constexpr auto kPeerId = [](const Peer& peer) { return peer.id; };
constexpr auto kFingerprint = [](const Peer& peer) { return std::string_view(peer.fingerprint); };
constexpr auto kHash = [](const BearerToken& token) -> const TokenHash& { return token.hash; };
constexpr size_t kFingerprintDigits = 64;

bool by_account_and_name(const Peer& a, const Peer& b) {
  return std::tuple(a.account, std::string_view(a.name)) < std::tuple(b.account, std::string_view(b.name));
}

// A row of a table, found by the first octets of its key; equal ones are told apart by the whole key.
struct IndexEntry {
  uint64_t key;
  uint32_t row;
};

}  // namespace

struct PeerSnapshot::Loaded {
  std::vector<Account> accounts;
  std::vector<Peer> peers;
  std::vector<BearerToken> tokens;
  std::vector<IndexEntry> accounts_by_id;
  std::vector<IndexEntry> peers_by_id;
  std::vector<IndexEntry> peers_by_fingerprint;
  std::vector<IndexEntry> tokens_by_hash;
};

PeerSnapshot::PeerSnapshot() : loaded_(std::make_shared<const Loaded>()) {}
PeerSnapshot::~PeerSnapshot() = default;

PeerSnapshot::PeerSnapshot(uint64_t revision, std::vector<Account> accounts, std::vector<Peer> peers,
                           std::vector<BearerToken> tokens)
    : revision_(revision) {
  Loaded loaded{.accounts = std::move(accounts), .peers = std::move(peers), .tokens = std::move(tokens)};
  loaded.accounts_by_id = index_of<IndexEntry>(loaded.accounts, kAccountId, kAll);
  loaded.peers_by_id = index_of<IndexEntry>(loaded.peers, kPeerId, kAll);
  loaded.peers_by_fingerprint = index_of<IndexEntry>(loaded.peers, kFingerprint, [](const Peer& peer) {
    return peer.fingerprint.size() == kFingerprintDigits;
  });
  loaded.tokens_by_hash = index_of<IndexEntry>(loaded.tokens, kHash, kAll);
  loaded_ = std::make_shared<const Loaded>(std::move(loaded));
}

PeerSnapshot::PeerSnapshot(uint64_t revision, const PeerSnapshot& before, std::vector<Peer> changed)
    : revision_(revision), loaded_(before.loaded_) {
  std::ranges::sort(changed, {}, &Peer::id);
  // Of an id that both have, the first is taken.
  std::ranges::set_union(changed, before.changed_, std::back_inserter(changed_), {}, &Peer::id, &Peer::id);
}

const Account* PeerSnapshot::find_account(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      loaded_->accounts, name, {}, [](const Account& account) { return std::string_view(account.name); });
  return found != loaded_->accounts.end() && found->name == name ? &*found : nullptr;
}

const Account* PeerSnapshot::find(AccountId id) const {
  return look_up(loaded_->accounts_by_id, loaded_->accounts, id, kAccountId);
}

const Peer* PeerSnapshot::find_changed(PeerId id) const {
  const auto found = std::ranges::lower_bound(changed_, id, {}, &Peer::id);
  return found != changed_.end() && found->id == id ? &*found : nullptr;
}

const Peer* PeerSnapshot::find(PeerId id) const {
  const auto* changed = find_changed(id);
  return changed ? changed : look_up(loaded_->peers_by_id, loaded_->peers, id, kPeerId);
}

const Peer* PeerSnapshot::find(AccountId account, std::string_view name) const {
  for (const auto& peer : changed_) {
    if (peer.account == account && peer.name == name) return &peer;
  }
  const auto& peers = loaded_->peers;
  const auto found = std::ranges::lower_bound(peers, std::tuple(account, name), {}, [](const Peer& peer) {
    return std::tuple(peer.account, std::string_view(peer.name));
  });
  const bool there = found != peers.end() && found->account == account && found->name == name;
  return there && !find_changed(found->id) ? &*found : nullptr;
}

std::vector<const Peer*> PeerSnapshot::find_fingerprint(std::string_view fingerprint) const {
  std::vector<const Peer*> found;
  if (fingerprint.size() != kFingerprintDigits) return found;
  const auto range =
      std::ranges::equal_range(loaded_->peers_by_fingerprint, key_of(fingerprint), {}, &IndexEntry::key);
  for (const auto& entry : range) {
    const auto& peer = loaded_->peers[entry.row];
    if (peer.fingerprint == fingerprint && !find_changed(peer.id)) found.push_back(&peer);
  }
  for (const auto& peer : changed_) {
    if (peer.fingerprint == fingerprint) found.push_back(&peer);
  }
  return found;
}

const Peer* PeerSnapshot::find_fingerprint(AccountId account, std::string_view fingerprint) const {
  for (const auto* peer : find_fingerprint(fingerprint)) {
    if (peer->account == account) return peer;
  }
  return nullptr;
}

std::optional<Bearer> PeerSnapshot::find_bearer(const TokenHash& token, base::WallTime now) const {
  const auto* found = look_up(loaded_->tokens_by_hash, loaded_->tokens, token, kHash);
  if (found == nullptr || !found->is_valid(now)) return std::nullopt;
  const auto* id = std::get_if<PeerId>(&found->holder);
  const Peer* peer = id == nullptr ? nullptr : find(*id);
  if (id != nullptr && peer == nullptr) return std::nullopt;
  const Account* account = find(peer == nullptr ? std::get<AccountId>(found->holder) : peer->account);
  if (account == nullptr) return std::nullopt;
  return Bearer{account, peer};
}

bool PeerSnapshot::has_bearer(PeerId peer, uint64_t prefix, base::WallTime now) const {
  const auto range = std::ranges::equal_range(loaded_->tokens_by_hash, prefix, {}, &IndexEntry::key);
  return std::ranges::any_of(range, [&](const IndexEntry& entry) {
    const auto& token = loaded_->tokens[entry.row];
    return token.holder == std::variant<PeerId, AccountId>(peer) && token.is_valid(now);
  });
}

std::vector<PeerId> PeerSnapshot::peers_with_tokens_gone(base::WallTime then, const PeerSnapshot& after,
                                                         base::WallTime now) const {
  std::vector<PeerId> peers;
  auto at = after.loaded_->tokens_by_hash.begin();
  for (const auto& entry : loaded_->tokens_by_hash) {
    const auto& token = loaded_->tokens[entry.row];
    if (!token.is_valid(then)) continue;
    while (at != after.loaded_->tokens_by_hash.end() && after.loaded_->tokens[at->row].hash < token.hash)
      ++at;
    const auto* same = at == after.loaded_->tokens_by_hash.end() ? nullptr : &after.loaded_->tokens[at->row];
    if (same && same->hash == token.hash && same->is_valid(now)) continue;
    if (const auto* peer = std::get_if<PeerId>(&token.holder)) peers.push_back(*peer);
  }
  std::ranges::sort(peers);
  peers.erase(std::ranges::unique(peers).begin(), peers.end());
  return peers;
}

std::optional<base::WallTime> PeerSnapshot::next_expiry(base::WallTime now) const {
  std::optional<base::WallTime> next;
  for (const auto& token : loaded_->tokens) {
    if (token.expires_at && token.is_valid(now))
      next = std::min(next.value_or(*token.expires_at), *token.expires_at);
  }
  return next;
}

std::span<const Account> PeerSnapshot::accounts() const { return loaded_->accounts; }

std::span<const Peer> PeerSnapshot::peers() const {
  if (changed_.empty()) return loaded_->peers;
  std::call_once(merging_, [this] {
    merged_ = loaded_->peers;
    for (auto& peer : merged_) {
      if (const auto* changed = find_changed(peer.id)) peer = *changed;
    }
    std::ranges::sort(merged_, by_account_and_name);
  });
  return merged_;
}

std::span<const Peer> PeerSnapshot::peers_of(AccountId account) const {
  return std::ranges::equal_range(peers(), account, {}, &Peer::account);
}

bool PeerSnapshot::differs_in_changed_only(const PeerSnapshot& other) const {
  return loaded_ == other.loaded_;
}

}  // namespace storage

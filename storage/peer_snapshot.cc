#include "storage/peer_snapshot.h"

#include <algorithm>
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

}  // namespace

PeerSnapshot::PeerSnapshot(uint64_t revision, std::vector<Account> accounts, std::vector<Peer> peers,
                           std::vector<BearerToken> tokens)
    : revision_(revision),
      accounts_(std::move(accounts)),
      peers_(std::move(peers)),
      tokens_(std::move(tokens)),
      accounts_by_id_(index_of<IndexEntry>(accounts_, kAccountId, kAll)),
      peers_by_id_(index_of<IndexEntry>(peers_, kPeerId, kAll)),
      peers_by_fingerprint_(index_of<IndexEntry>(
          peers_, kFingerprint,
          [](const Peer& peer) { return peer.fingerprint.size() == kFingerprintDigits; })),
      tokens_by_hash_(index_of<IndexEntry>(tokens_, kHash, kAll)) {}

const Account* PeerSnapshot::find_account(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      accounts_, name, {}, [](const Account& account) { return std::string_view(account.name); });
  return found != accounts_.end() && found->name == name ? &*found : nullptr;
}

const Account* PeerSnapshot::find(AccountId id) const {
  return look_up(accounts_by_id_, accounts_, id, kAccountId);
}

const Peer* PeerSnapshot::find(PeerId id) const { return look_up(peers_by_id_, peers_, id, kPeerId); }

const Peer* PeerSnapshot::find(AccountId account, std::string_view name) const {
  const auto found = std::ranges::lower_bound(peers_, std::tuple(account, name), {}, [](const Peer& peer) {
    return std::tuple(peer.account, std::string_view(peer.name));
  });
  return found != peers_.end() && found->account == account && found->name == name ? &*found : nullptr;
}

const Peer* PeerSnapshot::find_fingerprint(std::string_view fingerprint) const {
  if (fingerprint.size() != kFingerprintDigits) return nullptr;
  return look_up(peers_by_fingerprint_, peers_, fingerprint, kFingerprint);
}

std::optional<Bearer> PeerSnapshot::find_bearer(const TokenHash& token, base::WallTime now) const {
  const auto* found = look_up(tokens_by_hash_, tokens_, token, kHash);
  if (found == nullptr || !found->is_valid(now)) return std::nullopt;
  const auto* id = std::get_if<PeerId>(&found->holder);
  const Peer* peer = id == nullptr ? nullptr : find(*id);
  if (id != nullptr && peer == nullptr) return std::nullopt;
  const Account* account = find(peer == nullptr ? std::get<AccountId>(found->holder) : peer->account);
  if (account == nullptr) return std::nullopt;
  return Bearer{account, peer};
}

bool PeerSnapshot::has_bearer(PeerId peer, uint64_t prefix, base::WallTime now) const {
  const auto range = std::ranges::equal_range(tokens_by_hash_, prefix, {}, &IndexEntry::key);
  return std::ranges::any_of(range, [&](const IndexEntry& entry) {
    const auto& token = tokens_[entry.row];
    return token.holder == std::variant<PeerId, AccountId>(peer) && token.is_valid(now);
  });
}

std::vector<PeerId> PeerSnapshot::peers_with_tokens_gone(base::WallTime then, const PeerSnapshot& after,
                                                         base::WallTime now) const {
  std::vector<PeerId> peers;
  auto at = after.tokens_by_hash_.begin();
  for (const auto& entry : tokens_by_hash_) {
    const auto& token = tokens_[entry.row];
    if (!token.is_valid(then)) continue;
    while (at != after.tokens_by_hash_.end() && after.tokens_[at->row].hash < token.hash) ++at;
    const auto* same = at == after.tokens_by_hash_.end() ? nullptr : &after.tokens_[at->row];
    if (same && same->hash == token.hash && same->is_valid(now)) continue;
    if (const auto* peer = std::get_if<PeerId>(&token.holder)) peers.push_back(*peer);
  }
  std::ranges::sort(peers);
  peers.erase(std::ranges::unique(peers).begin(), peers.end());
  return peers;
}

std::optional<base::WallTime> PeerSnapshot::next_expiry(base::WallTime now) const {
  std::optional<base::WallTime> next;
  for (const auto& token : tokens_) {
    if (token.expires_at && token.is_valid(now))
      next = std::min(next.value_or(*token.expires_at), *token.expires_at);
  }
  return next;
}

std::span<const Peer> PeerSnapshot::peers_of(AccountId account) const {
  return std::ranges::equal_range(peers_, account, {}, &Peer::account);
}

}  // namespace storage

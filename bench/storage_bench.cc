// What the registry of peers costs: look-ups per request, a registration with its sync, and the load of all
// peers, which every change of one pays once per batch.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/accounts.h"
#include "storage/database.h"
#include "storage/invitations.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/store.h"
#include "storage/tokens.h"

namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr storage::AuditStamp kStamp{"bench", kNow};
constexpr int64_t kPeersPerAccount = 4;

template <typename Value>
Value must(storage::Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

class Directory {
 public:
  Directory() {
    auto name = (std::filesystem::temp_directory_path() / "icebox_bench_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

storage::TokenHash hash_of(int64_t number) {
  std::mt19937_64 numbers(static_cast<uint64_t>(number));
  storage::TokenHash hash{};
  for (auto& octet : hash) octet = static_cast<uint8_t>(numbers());
  return hash;
}

std::string fingerprint_of(int64_t number) {
  std::string hex;
  for (const uint8_t octet : hash_of(number)) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02X", octet);
    hex += digits;
  }
  return hex;
}

std::string name_of(int64_t number) { return "peer-" + std::to_string(number % kPeersPerAccount); }

void add_peers(storage::Connection& connection, int64_t peers) {
  must(connection.execute("BEGIN"));
  for (int64_t i = 0; i < peers; i += kPeersPerAccount) {
    const auto account = must(storage::add_account(connection, "user-" + std::to_string(i),
                                                   storage::OpenInvitations::kLeave, kStamp));
    for (int64_t j = i; j < i + kPeersPerAccount; ++j)
      must(storage::add_peer(connection,
                             {.account = account,
                              .name = name_of(j),
                              .kind = "browser",
                              .fingerprint = fingerprint_of(j),
                              .verified = true,
                              .token = hash_of(j)},
                             kStamp));
  }
  must(connection.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"));
}

// A data directory with so many peers, each with fingerprint and token. Made once per number, as it takes
// longer than what is measured; use a copy where the measured work would change it.
const std::filesystem::path& directory_with(int64_t peers) {
  static std::map<int64_t, Directory> made;
  const auto [found, is_new] = made.try_emplace(peers);
  if (is_new) {
    auto connection = must(storage::open_database(found->second.path()));
    add_peers(connection, peers);
  }
  return found->second.path();
}

std::unique_ptr<Directory> copy_with(int64_t peers) {
  auto copy = std::make_unique<Directory>();
  std::filesystem::copy_file(storage::database_file(directory_with(peers)),
                             storage::database_file(copy->path()));
  return copy;
}

void BM_LoadPeerSnapshot(benchmark::State& state) {
  auto connection = must(storage::open_database(directory_with(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(must(storage::load_peer_snapshot(connection)));
  state.SetItemsProcessed(state.iterations() * state.range(0));  // peers
}
BENCHMARK(BM_LoadPeerSnapshot)->Unit(benchmark::kMillisecond)->Arg(1'000)->Arg(10'000)->Arg(100'000);

// A snapshot and keys in random order, so that every look-up meets cold memory.
struct Lookups {
  explicit Lookups(int64_t peers) {
    auto connection = must(storage::open_database(directory_with(peers)));
    snapshot = must(storage::load_peer_snapshot(connection));
    std::mt19937_64 numbers(7);
    for (int i = 0; i < 1 << 14; ++i) {
      const auto number = static_cast<int64_t>(numbers() % static_cast<uint64_t>(peers));
      tokens.push_back(hash_of(number));
      fingerprints.push_back(fingerprint_of(number));
      ids.push_back(storage::PeerId{number + 1});
      accounts.push_back(storage::AccountId{number / kPeersPerAccount + 1});
      names.push_back(name_of(number));
    }
  }
  std::shared_ptr<const storage::PeerSnapshot> snapshot;
  std::vector<storage::TokenHash> tokens;
  std::vector<std::string> fingerprints, names;
  std::vector<storage::PeerId> ids;
  std::vector<storage::AccountId> accounts;
};

template <typename LookUp>
void look_up(benchmark::State& state, LookUp&& one) {
  const Lookups lookups(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    if (!one(lookups, i)) return state.SkipWithError("not found");
    i = (i + 1) % lookups.tokens.size();
  }
}

void BM_FindBearer(benchmark::State& state) {
  look_up(state, [](const Lookups& at, size_t i) {
    return at.snapshot->find_bearer(at.tokens[i], kNow).has_value();
  });
}
void BM_FindFingerprint(benchmark::State& state) {
  look_up(state, [](const Lookups& at, size_t i) {
    return at.snapshot->find_fingerprint(at.accounts[i], at.fingerprints[i]);
  });
}
void BM_FindId(benchmark::State& state) {
  look_up(state, [](const Lookups& at, size_t i) { return at.snapshot->find(at.ids[i]); });
}
void BM_FindName(benchmark::State& state) {
  look_up(state, [](const Lookups& at, size_t i) { return at.snapshot->find(at.accounts[i], at.names[i]); });
}
BENCHMARK(BM_FindBearer)->Arg(1'000)->Arg(100'000);
BENCHMARK(BM_FindFingerprint)->Arg(1'000)->Arg(100'000);
BENCHMARK(BM_FindId)->Arg(1'000)->Arg(100'000);
BENCHMARK(BM_FindName)->Arg(1'000)->Arg(100'000);

// Invitations made and redeemed by the storage thread, range(1) at once, among range(0) peers: what a new
// peer waits for includes the sync of the disk and the new snapshot.
void BM_RedeemInvitation(benchmark::State& state) {
  const auto directory = copy_with(state.range(0));
  const auto store = must(storage::Store::open(directory->path()));
  int64_t number = state.range(0);
  for (auto _ : state) {
    std::vector<std::future<storage::Outcome>> outcomes;
    for (int64_t i = 0; i < state.range(1); ++i, ++number)
      outcomes.push_back(store->submit([number](storage::Connection& connection) -> storage::Outcome {
        const auto user = "new-" + std::to_string(number);
        const auto invitation = hash_of(~number);
        if (auto added = storage::add_invitation(
                connection,
                {.hash = invitation, .account = user, .expires_at = kNow + std::chrono::seconds(60)}, kStamp);
            !added)
          return added;
        const auto fingerprint = fingerprint_of(number);
        const auto redeemed = storage::redeem_invitation(connection,
                                                         {.invitation = invitation,
                                                          .peer_name = "phone",
                                                          .fingerprint = fingerprint,
                                                          .token = hash_of(number)},
                                                         kStamp);
        if (!redeemed) return std::unexpected(redeemed.error());
        return {};
      }));
    for (auto& outcome : outcomes) must(outcome.get());
  }
  state.SetItemsProcessed(number - state.range(0));
}
BENCHMARK(BM_RedeemInvitation)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"peers", "at_once"})
    ->ArgsProduct({{0, 10'000, 100'000}, {1, 64}})
    ->UseRealTime();

// Presence written back: 1000 peers that connected in the last seconds, one transaction.
void BM_TouchLastConnect(benchmark::State& state) {
  constexpr int64_t kTouched = 1'000;
  const auto directory = copy_with(10'000);
  auto connection = must(storage::open_database(directory->path()));
  auto at = kNow;
  for (auto _ : state) {
    at += std::chrono::seconds(1);
    std::vector<storage::PeerConnect> connects;
    for (int64_t i = 0; i < kTouched; ++i) connects.push_back({storage::PeerId{i * 7 + 1}, at});
    must(storage::touch_last_connect(connection, connects));
  }
  state.SetItemsProcessed(state.iterations() * kTouched);
}
BENCHMARK(BM_TouchLastConnect)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

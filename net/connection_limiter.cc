#include "net/connection_limiter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/source_key.h"

namespace net {
namespace {

constexpr size_t kFirstSweep = 1024;

}  // namespace

// Counts by shared_ptr: a lease may die on another thread, after the limiter.
struct ConnectionLimiter::Lease {
  using Counts =
      std::array<std::shared_ptr<Count>, 3>;  // of all, of the source, of its network if it has one
  explicit Lease(Counts of) : counts(std::move(of)) {
    for (const auto& count : counts) {
      if (count) count->fetch_add(1, std::memory_order_relaxed);
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    for (const auto& count : counts) {
      if (count) count->fetch_sub(1, std::memory_order_relaxed);
    }
  }
  Counts counts;
};

size_t ConnectionLimiter::Hash::operator()(const base::IpAddress& source) const {
  return hash_of(key, source);
}

ConnectionLimiter::ConnectionLimiter(const ConnectionLimits& limits, const base::SipHashKey& key)
    : limits_(limits),
      key_(key),
      open_(std::make_shared<Count>(0)),
      by_source_(0, Hash{key}),
      by_network_(0, Hash{key}),
      sweep_at_(kFirstSweep) {}

std::expected<std::shared_ptr<void>, LimitReached> ConnectionLimiter::admit(const base::IpAddress& address) {
  if (open_connections() >= limits_.connections) return std::unexpected(LimitReached::kTotal);
  if (by_source_.size() >= sweep_at_) forget_idle_sources();
  const auto count_in = [](Counts& counts, const base::IpAddress& key) -> std::shared_ptr<Count>& {
    auto& count = counts[key];
    if (!count) count = std::make_shared<Count>(0);
    return count;
  };
  const auto& of_source = count_in(by_source_, source_of(address));
  const auto of_network = has_network(address) ? count_in(by_network_, network_of(address)) : nullptr;
  const uint64_t most = limits_.connections_per_source;
  const bool network_full =
      of_network && of_network->load(std::memory_order_relaxed) >= most * kSourcesPerNetwork;
  const bool is_shared = std::ranges::any_of(limits_.shared_sources,
                                             [&](const auto& proxies) { return proxies.contains(address); });
  if (!is_shared && (network_full || of_source->load(std::memory_order_relaxed) >= most)) {
    return std::unexpected(LimitReached::kPerSource);
  }
  return std::make_shared<Lease>(Lease::Counts{open_, of_source, of_network});
}

// Looked for only when the table has doubled since the last time, so the cost per connection is constant.
void ConnectionLimiter::forget_idle_sources() {
  const auto is_idle = [](const auto& entry) { return entry.second->load(std::memory_order_relaxed) == 0; };
  std::erase_if(by_source_, is_idle);
  std::erase_if(by_network_, is_idle);
  sweep_at_ = std::max(kFirstSweep, by_source_.size() * 2);
}

}  // namespace net

#include "net/connection_limiter.h"

#include <algorithm>
#include <utility>

#include "net/source_key.h"

namespace net {
namespace {

constexpr size_t kFirstSweep = 1024;

}  // namespace

// Both counts by shared_ptr: a lease may die on another thread, after the limiter.
struct ConnectionLimiter::Lease {
  Lease(std::shared_ptr<Count> of_all, std::shared_ptr<Count> of_source)
      : total(std::move(of_all)), source(std::move(of_source)) {
    total->fetch_add(1, std::memory_order_relaxed);
    source->fetch_add(1, std::memory_order_relaxed);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    total->fetch_sub(1, std::memory_order_relaxed);
    source->fetch_sub(1, std::memory_order_relaxed);
  }
  std::shared_ptr<Count> total;
  std::shared_ptr<Count> source;
};

size_t ConnectionLimiter::Hash::operator()(const base::IpAddress& source) const {
  return hash_of(key, source);
}

ConnectionLimiter::ConnectionLimiter(const ConnectionLimits& limits, const base::SipHashKey& key)
    : limits_(limits),
      key_(key),
      open_(std::make_shared<Count>(0)),
      by_source_(0, Hash{key}),
      sweep_at_(kFirstSweep) {}

std::expected<std::shared_ptr<void>, LimitReached> ConnectionLimiter::admit(const base::IpAddress& address) {
  if (open_connections() >= limits_.connections) return std::unexpected(LimitReached::kTotal);
  if (by_source_.size() >= sweep_at_) forget_idle_sources();
  auto& count = by_source_[source_of(address)];
  if (!count) count = std::make_shared<Count>(0);
  const bool is_shared = std::ranges::any_of(limits_.shared_sources,
                                             [&](const auto& proxies) { return proxies.contains(address); });
  if (!is_shared && count->load(std::memory_order_relaxed) >= limits_.connections_per_source) {
    return std::unexpected(LimitReached::kPerSource);
  }
  return std::make_shared<Lease>(open_, count);
}

// Looked for only when the table has doubled since the last time, so the cost per connection is constant.
void ConnectionLimiter::forget_idle_sources() {
  std::erase_if(by_source_,
                [](const auto& entry) { return entry.second->load(std::memory_order_relaxed) == 0; });
  sweep_at_ = std::max(kFirstSweep, by_source_.size() * 2);
}

}  // namespace net

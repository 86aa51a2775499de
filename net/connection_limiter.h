// How many connections one source, and all together, may have open.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/siphash.h"

namespace net {

struct ConnectionLimits {
  // Of one IPv4 address or one IPv6 /64: what one subscriber gets. Of a /48 base::kSourcesPerNetwork times as
  // many.
  uint32_t connections_per_source = 256;
  uint32_t connections = 100'000;
  // HTTP proxies, whose connections are those of many: they count in all only.
  std::vector<base::IpPrefix> shared_sources = {};
};

enum class LimitReached : uint8_t { kPerSource, kTotal };

// Hands out leases; a connection counts until its lease dies, on whatever thread that happens. admit()
// belongs to one thread. Memory: one small entry per source with open connections, and as many again at most.
class ConnectionLimiter {
 public:
  // `key` is random: strangers must not be able to choose sources that collide.
  ConnectionLimiter(const ConnectionLimits& limits, const base::SipHashKey& key);

  [[nodiscard]] std::expected<std::shared_ptr<void>, LimitReached> admit(const base::IpAddress& source);
  // From any thread.
  [[nodiscard]] uint32_t open_connections() const { return open_->load(std::memory_order_relaxed); }
  // Sources remembered at the moment; for tests and metrics.
  [[nodiscard]] size_t sources() const { return by_source_.size(); }
  void set_limits(const ConnectionLimits& limits) { limits_ = limits; }
  // For other tables of the same sources.
  [[nodiscard]] const base::SipHashKey& key() const { return key_; }

 private:
  using Count = std::atomic<uint32_t>;
  struct Hash {
    base::SipHashKey key;
    size_t operator()(const base::IpAddress& source) const;
  };
  struct Lease;

  using Counts = std::unordered_map<base::IpAddress, std::shared_ptr<Count>, Hash>;

  void forget_idle_sources();

  ConnectionLimits limits_;
  base::SipHashKey key_;
  std::shared_ptr<Count> open_;
  Counts by_source_;
  Counts by_network_;  // of IPv6
  size_t sweep_at_;    // how many sources make the next admit() look for idle ones
};

}  // namespace net

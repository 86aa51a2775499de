// All allocations of one worker, found by 5-tuple, and their deadlines. Owns them.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/flat_table.h"
#include "base/hash_index.h"
#include "base/timer_wheel.h"
#include "relay/allocation.h"

namespace relay {

class AllocationTable {
 public:
  AllocationTable(base::TimePoint now, base::HashSeed seed) : seed_(seed), by_id_(seed), wheel_(now) {}

  [[nodiscard]] Allocation* find(const FiveTuple& tuple) const {
    const auto words = tuple.words();
    return by_tuple_.find(seed_.hash(words), [&](const Allocation& allocation) {
      return allocation.client.tuple.words() == words;
    });
  }
  [[nodiscard]] Allocation* find(AllocationId id);
  // By relayed transport address, as peers know it or as it is bound: for the hairpin.
  [[nodiscard]] Allocation* find_relayed(const base::Endpoint& relayed) const {
    return by_relayed_.find(hash_of(relayed), [&](const Allocation& allocation) {
      return std::ranges::any_of(allocation.relays, [&](const OpenedPort& relay) {
        return relay.relayed == relayed || relay.bound == relayed;
      });
    });
  }

  // Takes the allocation in under its 5-tuple, which must be free, and arms its expiry.
  Allocation& insert(std::unique_ptr<Allocation> allocation);
  void refresh(Allocation& allocation, base::TimePoint expires_at);
  // Forgets one of two relayed addresses; the allocation has one of that family.
  OpenedPort remove_relay(Allocation& allocation, base::Family family);
  // The caller closes its ports.
  std::unique_ptr<Allocation> remove(Allocation& allocation);

  // Calls `expired(Allocation&)` for each allocation that is over; it must remove it.
  template <typename Expired>
  void expire(base::TimePoint now, Expired&& expired);
  [[nodiscard]] std::optional<base::TimePoint> poll_timeout() const { return wheel_.poll_timeout(); }

  // In the order of their making, for people and tests.
  [[nodiscard]] std::vector<Allocation*> all() const;
  [[nodiscard]] size_t size() const { return allocations_.size(); }

 private:
  struct IdKey {
    AllocationId id = 0;
    [[nodiscard]] std::array<uint64_t, 1> words() const { return {id}; }
    bool operator==(const IdKey&) const = default;
  };

  [[nodiscard]] uint64_t hash_of(const base::Endpoint& endpoint) const {
    return seed_.hash(
        std::array<uint64_t, 3>{endpoint.ip.hi, endpoint.ip.lo,
                                uint64_t{endpoint.port} << 8 | static_cast<uint64_t>(endpoint.ip.family)});
  }
  void forget_relayed(Allocation& allocation, const OpenedPort& relay);

  base::HashSeed seed_;
  base::HashIndex<Allocation> by_tuple_;
  base::HashIndex<Allocation> by_relayed_;
  base::FlatTable<IdKey, size_t> by_id_;  // index into allocations_
  std::vector<std::unique_ptr<Allocation>> allocations_;
  base::TimerWheel wheel_;
};

template <typename Expired>
void AllocationTable::expire(base::TimePoint now, Expired&& expired) {
  wheel_.expire(now, [&](base::TimerLink& link) { expired(static_cast<Allocation&>(link)); });
}

}  // namespace relay

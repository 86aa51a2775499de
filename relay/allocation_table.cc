#include "relay/allocation_table.h"

#include <algorithm>

namespace relay {

Allocation* AllocationTable::find(AllocationId id) {
  const size_t* index = by_id_.find(IdKey{id});
  return index ? allocations_[*index].get() : nullptr;
}

Allocation& AllocationTable::insert(std::unique_ptr<Allocation> allocation) {
  Allocation& inserted = *allocation;
  by_tuple_.insert(seed_.hash(inserted.client.tuple.words()), inserted);
  by_id_.insert(IdKey{inserted.id}, allocations_.size());
  for (const auto& relay : inserted.relays) {
    by_relayed_.insert(hash_of(relay.relayed), inserted);
    if (relay.bound != relay.relayed) by_relayed_.insert(hash_of(relay.bound), inserted);
  }
  allocations_.push_back(std::move(allocation));
  return inserted;
}

void AllocationTable::refresh(Allocation& allocation, base::TimePoint expires_at) {
  wheel_.arm(allocation, expires_at);
}

void AllocationTable::forget_relayed(Allocation& allocation, const OpenedPort& relay) {
  by_relayed_.erase(hash_of(relay.relayed), allocation);
  if (relay.bound != relay.relayed) by_relayed_.erase(hash_of(relay.bound), allocation);
}

OpenedPort AllocationTable::remove_relay(Allocation& allocation, base::Family family) {
  const auto of_family = [&](const OpenedPort& relay) { return relay.bound.ip.family == family; };
  const auto at = std::ranges::find_if(allocation.relays, of_family);
  const OpenedPort removed = *at;
  allocation.relays.erase(at);
  forget_relayed(allocation, removed);
  return removed;
}

std::unique_ptr<Allocation> AllocationTable::remove(Allocation& allocation) {
  allocation.unlink();
  by_tuple_.erase(seed_.hash(allocation.client.tuple.words()), allocation);
  for (const auto& relay : allocation.relays) forget_relayed(allocation, relay);
  const size_t index = *by_id_.find(IdKey{allocation.id});
  by_id_.erase(IdKey{allocation.id});
  auto removed = std::move(allocations_[index]);
  if (index + 1 < allocations_.size()) {
    allocations_[index] = std::move(allocations_.back());
    *by_id_.find(IdKey{allocations_[index]->id}) = index;
  }
  allocations_.pop_back();
  return removed;
}

std::vector<Allocation*> AllocationTable::all() const {
  std::vector<Allocation*> all;
  for (const auto& allocation : allocations_) all.push_back(allocation.get());
  std::ranges::sort(all, {}, [](const Allocation* allocation) {
    return std::pair(allocation->created_at, allocation->id);
  });
  return all;
}

}  // namespace relay

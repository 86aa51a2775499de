#include "relay/worker/shared_ports.h"

#include <algorithm>

namespace relay::worker {

SharedPorts::SharedPorts(const std::vector<RelayAddress>& addresses, uint16_t first_port, uint16_t last_port)
    : first_port_(first_port), last_port_(last_port) {
  serve(addresses);
}

SharedPorts::Pool* SharedPorts::pool_at(const base::IpAddress& bound) const {
  const auto found =
      std::ranges::find_if(pools(), [&](const auto& pool) { return pool->address.bound == bound; });
  return found == pools().end() ? nullptr : found->get();
}

size_t SharedPorts::serve(const std::vector<RelayAddress>& addresses) {
  const std::lock_guard lock(mutex_);
  for (const auto& pool : pools()) {
    pool->is_present =
        std::ranges::find(addresses, pool->address.bound, &RelayAddress::bound) != addresses.end();
  }
  size_t without_room = 0;
  for (const auto& address : addresses) {
    if (pool_at(address.bound) != nullptr) continue;
    const size_t count = pools().size();
    if (count == kMostAddresses) {
      ++without_room;
      continue;
    }
    pools_[count] = std::make_unique<Pool>(address, first_port_, last_port_);
    pool_count_.store(count + 1, std::memory_order_release);
  }
  return without_room;
}

bool SharedPorts::serves(base::Family family) const {
  return pools().empty() || std::ranges::any_of(pools(), [family](const auto& pool) {
           return pool->address.bound.family == family;
         });
}

bool SharedPorts::is_present(base::Family family) const {
  return std::ranges::any_of(pools(), [family](const auto& pool) {
    return pool->address.bound.family == family && pool->is_present.load();
  });
}

std::optional<SharedPorts::Claim> SharedPorts::claim(base::TimePoint now, base::Family family, bool even,
                                                     bool pair, base::RandomSource& random) {
  const std::lock_guard lock(mutex_);
  const size_t count = pools().size();
  const size_t start = count == 0 ? 0 : random.word<uint32_t>() % count;
  for (size_t i = 0; i < count; ++i) {
    const size_t index = (start + i) % count;
    if (pools_[index]->address.bound.family != family || !pools_[index]->is_present) continue;
    if (const auto port = pools_[index]->ports.take(now, random, even, pair))
      return Claim{index, *port, pair};
  }
  return std::nullopt;
}

void SharedPorts::release(base::TimePoint now, size_t address, uint16_t port) {
  const std::lock_guard lock(mutex_);
  pools_[address]->ports.release(now, port);
}

void SharedPorts::set_owner(size_t address, uint16_t port, WorkerIndex worker, bool tcp) {
  const auto owner = static_cast<uint16_t>((worker + 1) | (tcp ? kForTcp : 0));
  pools_[address]->owner[port].store(owner, std::memory_order_release);
}

void SharedPorts::clear_owner(size_t address, uint16_t port) {
  pools_[address]->owner[port].store(0, std::memory_order_release);
}

std::optional<WorkerIndex> SharedPorts::owner_of(const base::Endpoint& relayed) const {
  for (const auto& pool : pools()) {
    if (pool->address.bound != relayed.ip && pool->address.advertised != relayed.ip) continue;
    const uint16_t owner = pool->owner[relayed.port].load(std::memory_order_acquire);
    if (owner != 0 && (owner & kForTcp) == 0) return static_cast<WorkerIndex>(owner - 1);
  }
  return std::nullopt;
}

std::optional<RelayListener> SharedPorts::find_listener(const base::Endpoint& relayed) const {
  for (const auto& pool : pools()) {
    const auto& address = pool->address;
    if (address.bound != relayed.ip && address.advertised != relayed.ip) continue;
    if ((pool->owner[relayed.port].load(std::memory_order_acquire) & kForTcp) == 0) continue;
    return RelayListener{{address.advertised, relayed.port}, {address.bound, relayed.port}};
  }
  return std::nullopt;
}

void SharedPorts::reserve(base::TimePoint now, const ReservationToken& token, Reserved reserved) {
  const std::lock_guard lock(mutex_);
  reservations_.emplace(token, Reservation{now + kReservationLifetime, std::move(reserved)});
}

std::optional<SharedPorts::Reserved> SharedPorts::redeem(base::TimePoint now, const ReservationToken& token) {
  expire(now);
  const std::lock_guard lock(mutex_);
  auto node = reservations_.extract(token);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped().reserved);
}

void SharedPorts::expire(base::TimePoint now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(reservations_, [&](auto& entry) {
    auto& [token, reservation] = entry;
    if (now < reservation.expires_at) return false;
    pools_[reservation.reserved.address]->ports.release(now, reservation.reserved.port);
    return true;
  });
}

std::vector<PortUse> SharedPorts::use() const {
  const std::lock_guard lock(mutex_);
  std::vector<PortUse> use;
  for (const auto& pool : pools()) {
    const bool idle = pool->ports.free_ports() == pool->ports.capacity();
    if (idle && !pool->is_present) continue;
    use.push_back({pool->address.bound, pool->address.advertised, pool->ports.capacity(),
                   pool->ports.free_ports(), pool->ports.resting_ports()});
  }
  return use;
}

}  // namespace relay::worker

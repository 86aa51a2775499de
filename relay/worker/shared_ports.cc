#include "relay/worker/shared_ports.h"

#include <algorithm>
#include <utility>

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
  return claim_resting(family, even, pair);
}

std::optional<SharedPorts::Claim> SharedPorts::claim_resting(base::Family family, bool even, bool pair) {
  std::optional<std::pair<base::TimePoint, size_t>> longest;
  for (size_t index = 0; index < pools().size(); ++index) {
    if (pools_[index]->address.bound.family != family || !pools_[index]->is_present) continue;
    const auto since = pools_[index]->ports.resting_since(even, pair);
    if (since && (!longest || *since < longest->first)) longest = {*since, index};
  }
  if (!longest) return std::nullopt;
  return Claim{longest->second, *pools_[longest->second]->ports.take_resting(even, pair), pair};
}

void SharedPorts::release(base::TimePoint now, size_t address, uint16_t port, SharedPlace place) {
  const std::lock_guard lock(mutex_);
  pools_[address]->ports.release(now, port, std::move(place));
  waits_.store(true, std::memory_order_relaxed);
}

void SharedPorts::give_up(base::TimePoint now, const Claim& claim, std::optional<uint16_t> foreign) {
  const std::lock_guard lock(mutex_);
  auto& ports = pools_[claim.address]->ports;
  const int last_port = claim.port + (claim.pair ? 1 : 0);
  for (int number = claim.port; number <= last_port; ++number) {
    const auto port = static_cast<uint16_t>(number);
    if (port == foreign) {
      ports.avoid(now, port);
    } else {
      ports.put_back(port);
    }
  }
  waits_.store(true, std::memory_order_relaxed);
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
  waits_.store(true, std::memory_order_relaxed);
}

SharedPlace SharedPorts::place_of(const ReservationToken& token) const {
  const std::lock_guard lock(mutex_);
  const auto at = reservations_.find(token);
  return at == reservations_.end() ? nullptr : at->second.reserved.place;
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
  std::erase_if(reservations_, [&](const auto& entry) {
    const auto& [token, reservation] = entry;
    if (now < reservation.expires_at) return false;
    const auto& reserved = reservation.reserved;
    pools_[reserved.address]->ports.release(now, reserved.port, reserved.place);
    return true;
  });
  bool waits = !reservations_.empty();
  for (const auto& pool : pools()) {
    pool->ports.expire(now);
    waits |= pool->ports.resting_ports() > 0;
  }
  waits_.store(waits, std::memory_order_relaxed);
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

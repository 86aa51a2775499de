// Relayed ports of the whole process: which are free, who owns which, and which are held by a reservation.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"
#include "net/udp_socket.h"
#include "relay/interfaces.h"
#include "relay/port_pool.h"

namespace relay::worker {

struct RelayAddress {
  base::IpAddress bound;       // on this host
  base::IpAddress advertised;  // what clients are told; differs behind 1:1 NAT
};

struct PortUse {
  base::IpAddress bound;
  base::IpAddress advertised;
  size_t capacity = 0;
  size_t free = 0;
  size_t resting = 0;
};

using WorkerIndex = uint16_t;

// Locked by Allocate and by the end of an allocation only. owner_of() is for the packet path: one relaxed
// load. Safe from any thread.
class SharedPorts {
 public:
  // RFC 8656 §7.2: the server should hold a reserved port for at least 30 seconds.
  static constexpr std::chrono::seconds kReservationLifetime{30};

  // Addresses are never forgotten: allocations may live on one that has gone and comes back. There is room
  // for this many.
  static constexpr size_t kMostAddresses = 64;

  SharedPorts(const std::vector<RelayAddress>& addresses, uint16_t first_port, uint16_t last_port);

  // The host's addresses have changed: new allocations get ports of these, others keep what they have. Gives
  // how many there is no room for. Until the first address has come, both families count as served. One
  // thread at a time.
  size_t serve(const std::vector<RelayAddress>& addresses);

  struct Claim {
    size_t address = 0;  // index, for release()
    uint16_t port = 0;
    bool pair = false;  // port + 1 is claimed too
  };
  // A free port, or else the one that has rested longest. nullopt: no address of that family, see serves(),
  // or no port left.
  [[nodiscard]] std::optional<Claim> claim(base::TimePoint now, base::Family family, bool even, bool pair,
                                           base::RandomSource& random);
  // A client has had the port: it rests, and keeps `place` meanwhile.
  void release(base::TimePoint now, size_t address, uint16_t port, SharedPlace place);
  // Nobody has heard of what was claimed. `foreign` is somebody else's and is left alone for a while.
  void give_up(base::TimePoint now, const Claim& claim, std::optional<uint16_t> foreign);
  [[nodiscard]] bool is_in_range(uint16_t port) const { return first_port_ <= port && port <= last_port_; }
  // Some address is, or was, of that family.
  [[nodiscard]] bool serves(base::Family family) const;
  // One is of that family and on the host.
  [[nodiscard]] bool is_present(base::Family family) const;
  [[nodiscard]] const RelayAddress& address(size_t index) const { return pools_[index]->address; }

  void set_owner(size_t address, uint16_t port, WorkerIndex worker, bool tcp = false);
  void clear_owner(size_t address, uint16_t port);
  // The worker that has this relayed transport address, bound or advertised, for UDP. nullopt: nobody.
  [[nodiscard]] std::optional<WorkerIndex> owner_of(const base::Endpoint& relayed) const;
  // The one that listens for TCP there.
  [[nodiscard]] std::optional<RelayListener> find_listener(const base::Endpoint& relayed) const;

  struct Reserved {
    net::UdpSocket socket;  // bound: nobody else on this host can take the port
    size_t address = 0;
    uint16_t port = 0;
    SharedPlace place;
  };
  void reserve(base::TimePoint now, const ReservationToken& token, Reserved reserved);
  // Any worker may redeem any token, once.
  [[nodiscard]] std::optional<Reserved> redeem(base::TimePoint now, const ReservationToken& token);
  [[nodiscard]] SharedPlace place_of(const ReservationToken& token) const;
  // Frees what has rested; puts the ports of reservations that nobody redeemed in time to rest.
  void expire(base::TimePoint now);
  // Whether something is reserved or rests: then somebody must call expire(), also if nobody else comes.
  [[nodiscard]] bool waits() const { return waits_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::vector<PortUse> use() const;

 private:
  static constexpr uint16_t kForTcp = 0x8000;

  struct Pool {
    Pool(const RelayAddress& served, uint16_t first_port, uint16_t last_port)
        : address(served), ports(first_port, last_port) {}

    const RelayAddress address;
    PortPool ports;
    std::atomic<bool> is_present = true;
    std::array<std::atomic<uint16_t>, 65536> owner{};  // worker + 1, and kForTcp; 0: nobody
  };
  struct Reservation {
    base::TimePoint expires_at;
    Reserved reserved;
  };

  [[nodiscard]] std::optional<Claim> claim_resting(base::Family family, bool even, bool pair);

  [[nodiscard]] std::span<const std::unique_ptr<Pool>> pools() const {
    return std::span(pools_).first(pool_count_.load(std::memory_order_acquire));
  }
  [[nodiscard]] Pool* pool_at(const base::IpAddress& bound) const;

  const uint16_t first_port_;
  const uint16_t last_port_;
  mutable std::mutex mutex_;  // guards the pools' ports and reservations_
  // Grows in place, so that the packet path reads it without a lock: a pool is there before the count names
  // it.
  std::array<std::unique_ptr<Pool>, kMostAddresses> pools_;
  std::atomic<size_t> pool_count_ = 0;
  std::map<ReservationToken, Reservation> reservations_;
  std::atomic<bool> waits_ = false;
};

}  // namespace relay::worker

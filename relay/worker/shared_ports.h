// Relayed ports of the whole process: which are free, who owns which, and which are held by a reservation.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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

  SharedPorts(std::vector<RelayAddress> addresses, uint16_t first_port, uint16_t last_port);

  struct Claim {
    size_t address = 0;  // index, for release()
    uint16_t port = 0;
    bool pair = false;  // port + 1 is claimed too
  };
  // nullopt: no address of that family, see serves(), or no port left.
  [[nodiscard]] std::optional<Claim> claim(base::TimePoint now, base::Family family, bool even, bool pair,
                                           base::RandomSource& random);
  void release(base::TimePoint now, size_t address, uint16_t port);
  [[nodiscard]] bool serves(base::Family family) const;
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
  };
  void reserve(base::TimePoint now, const ReservationToken& token, Reserved reserved);
  // Any worker may redeem any token, once.
  [[nodiscard]] std::optional<Reserved> redeem(base::TimePoint now, const ReservationToken& token);
  // Frees the ports of reservations that nobody redeemed in time.
  void expire(base::TimePoint now);

  [[nodiscard]] std::vector<PortUse> use() const;

 private:
  static constexpr uint16_t kForTcp = 0x8000;

  struct Pool {
    Pool(const RelayAddress& served, uint16_t first_port, uint16_t last_port)
        : address(served), ports(first_port, last_port) {}

    const RelayAddress address;
    PortPool ports;
    std::array<std::atomic<uint16_t>, 65536> owner{};  // worker + 1, and kForTcp; 0: nobody
  };
  struct Reservation {
    base::TimePoint expires_at;
    Reserved reserved;
  };

  mutable std::mutex mutex_;  // guards the pools' ports and reservations_
  std::vector<std::unique_ptr<Pool>> pools_;
  std::map<ReservationToken, Reservation> reservations_;
};

}  // namespace relay::worker

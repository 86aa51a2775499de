// What the TURN server needs from outside. app/ and relay/worker supply it; tests supply fakes.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/time.h"
#include "relay/quota_place.h"
#include "stun/long_term_key.h"

namespace relay {

// What a username stands for: whom quotas count, and the keys that may have made the message integrity.
// Several when secrets are being rotated or both REST hashes are accepted.
struct Account {
  static constexpr size_t kMaxKeys = 8;

  std::string user;
  std::array<stun::LongTermKeys, kMaxKeys> keys;
  size_t key_count = 0;
};

// Looks users up in memory; called on worker threads, so it must neither block nor lock.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // nullopt: nobody of that name may come in now (unknown, or a REST credential that has expired).
  [[nodiscard]] virtual std::optional<Account> find(std::string_view username, base::WallTime now) = 0;
  // By SHA-256(username ":" realm), RFC 8489 §14.4.
  [[nodiscard]] virtual std::optional<Account> find_by_userhash(base::Bytes hash, base::WallTime now) = 0;
};

// What a user may permit besides what the peer policy leaves to all. Called on worker threads for
// CreatePermission, ChannelBind and Connect, never for a packet.
class PeerGuard {
 public:
  // `user` as quotas count it.
  [[nodiscard]] virtual bool may_permit(std::string_view user, const base::IpAddress& peer) const = 0;

 protected:
  ~PeerGuard() = default;
};

using AllocationId = uint64_t;
using ReservationToken = std::array<uint8_t, 8>;

struct PortRequest {
  base::Family family = base::Family::kIpv4;
  bool even = false;                      // EVEN-PORT
  bool reserve_next = false;              // EVEN-PORT with R: also hold the next higher port
  std::optional<ReservationToken> token;  // take the port held under this token instead
  bool tcp = false;                       // RFC 6062: listen instead of a UDP socket
  SharedPlace reserved_place;             // with reserve_next: whom the held port counts against
};

struct OpenedPort {
  base::Endpoint relayed;                       // what clients and peers are told
  base::Endpoint bound;                         // what the socket is bound to; differs behind 1:1 NAT
  uint32_t socket = 0;                          // the worker's handle, given back in close()
  std::optional<ReservationToken> reservation;  // of the next port, if asked for
};

// A relayed transport address that listens for TCP.
struct RelayListener {
  base::Endpoint relayed;  // as in OpenedPort
  base::Endpoint bound;
};

enum class PortError : uint8_t {
  kFamilyNotSupported,
  kNoPort,
  kBadToken,
  kNoDescriptor,
  kNoAddress,  // the host has none to relay from: not yet, or no longer
};

// Opens relayed transport addresses. Success means the socket is bound: the client hears of it only then.
class RelayPorts {
 public:
  virtual ~RelayPorts() = default;
  [[nodiscard]] virtual std::expected<OpenedPort, PortError> open(const PortRequest& request,
                                                                  AllocationId owner) = 0;
  // True if some relayed address is of that family, whether it can be had at the moment or not.
  [[nodiscard]] virtual bool serves(base::Family family) const = 0;
  // The port rests before anybody gets it again, and keeps `place` until then.
  virtual void close(const OpenedPort& port, const SharedPlace& place) = 0;
  // Frees ports that have rested, and those of reservations that nobody claimed in time.
  virtual void expire() = 0;
  // Of a port held under that token; nullptr: there is none.
  [[nodiscard]] virtual SharedPlace place_of(const ReservationToken& token) const = 0;
  // Whether `peer`, on a relayed address of this host, is a client's relay for UDP now; and whether its port
  // could be.
  [[nodiscard]] virtual bool is_relay(const base::Endpoint& peer) const = 0;
  [[nodiscard]] virtual bool could_be_relay(uint16_t port) const = 0;
  // The listener of this process, of whichever worker, that is known or bound as `endpoint`.
  [[nodiscard]] virtual std::optional<RelayListener> find_listener(const base::Endpoint& /*endpoint*/) const {
    return std::nullopt;
  }
};

// Counts over all workers: places, which QuotaPlace takes and gives back, and living allocations.
class Quotas {
 public:
  virtual ~Quotas() = default;
  [[nodiscard]] virtual QuotaVerdict take_place(std::string_view user, const base::IpAddress& source) = 0;
  virtual void give_back_place(std::string_view user, const base::IpAddress& source) = 0;
  // False: the server has as many as it may.
  [[nodiscard]] virtual bool begin_allocation() = 0;
  virtual void end_allocation() = 0;
};

}  // namespace relay

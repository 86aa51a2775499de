// TCP connections between relayed addresses and peers (RFC 6062), as the TURN server knows them: without
// sockets.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "base/timer_wheel.h"
#include "relay/deferred_reply.h"

namespace relay {

struct Allocation;

using ConnectionId = uint32_t;  // CONNECTION-ID, RFC 6062 §6.2.1

// Ids are unpredictable, and yet name the worker that has the connection: `id % workers`. So a ConnectionBind
// that comes in elsewhere can be sent there without a table that all workers share.
struct ConnectionIds {
  uint32_t worker = 0;
  uint32_t workers = 1;

  [[nodiscard]] bool is_own(ConnectionId id) const { return id % workers == worker; }
  // The id of this worker nearest to `random`.
  [[nodiscard]] ConnectionId own(uint32_t random) const {
    const uint64_t id = uint64_t{random} / workers * workers + worker;
    return static_cast<ConnectionId>(id > UINT32_MAX ? id - workers : id);
  }
};

// One connection, from Connect or accept() until either end is gone. Its base is the link of its deadline.
struct PeerConnection : base::TimerLink {
  // How long Connect may take, and how long an unbound connection waits (RFC 6062 §5.2, §5.3).
  static constexpr std::chrono::seconds kPatience{30};

  enum class State : uint8_t {
    kConnecting,  // the answer to Connect is owed
    kUnbound,     // waits for ConnectionBind
    kBound,       // carries data
  };
  PeerConnection(ConnectionId number, Allocation& owner, const base::Endpoint& remote)
      : id(number), allocation(owner), peer(remote) {}

  const ConnectionId id;
  Allocation& allocation;
  const base::Endpoint peer;  // as the client knows it
  State state = State::kUnbound;
  std::optional<DeferredReply> connect;  // the Connect to answer
};

// Spreads octets over time: TCP is slowed down, not cut like datagrams. `burst` of idle time may be caught
// up.
class Pacer {
 public:
  static constexpr std::chrono::milliseconds kBurst{250};

  // `bytes` have passed; gives when the next may, nothing if they may at once. 0 a second: no limit.
  [[nodiscard]] std::optional<base::TimePoint> pass(base::TimePoint now, uint64_t bytes,
                                                    uint64_t bytes_per_second) {
    if (bytes_per_second == 0) return std::nullopt;
    const auto worth = std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second);
    paid_until_ = std::max(paid_until_, now - kBurst) + worth;
    return paid_until_ > now ? std::optional(paid_until_) : std::nullopt;
  }

 private:
  base::TimePoint paid_until_{};
};

// What an allocation for TCP has besides permissions.
struct TcpRelaying {
  std::vector<std::unique_ptr<PeerConnection>> connections;
  Pacer to_peers;
  Pacer to_client;
};

}  // namespace relay

// The relayed transport addresses of one worker: opens them for the TURN server and hears what peers send.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/listening_socket.h"
#include "net/udp_socket.h"
#include "relay/interfaces.h"
#include "relay/worker/shared_ports.h"

namespace relay {
struct Allocation;
}

namespace relay::worker {

class RelaySockets;

// One bound relay socket with its watch.
class RelaySocket final : public net::FdHandler {
 public:
  RelaySocket(RelaySockets& owner, net::UdpSocket opened, AllocationId allocation);
  void on_ready(net::Events events) override;

  const net::UdpSocket socket;
  const AllocationId allocation_id;
  Allocation* allocation = nullptr;  // looked up at the first packet; lives at least as long as this socket

 private:
  RelaySockets& owner_;
  net::FdWatch watch_;  // after the socket: leaves the loop before the descriptor closes
};

// One relayed transport address that listens for TCP (RFC 6062 §5.3).
class PeerListener final : public net::FdHandler {
 public:
  PeerListener(RelaySockets& owner, net::ListeningSocket opened, AllocationId allocation);
  void on_ready(net::Events events) override;
  // After a pause for want of descriptors.
  void resume() { watch_.set_events(net::Events::kRead); }

 private:
  RelaySockets& owner_;
  const net::ListeningSocket socket_;
  const AllocationId allocation_id_;
  net::FdWatch watch_;  // after the socket: leaves the loop before the descriptor closes
};

// Who hears of traffic at relay sockets, and who must not be left with views of one that closes.
class RelaySocketHandler {
 public:
  virtual void on_peer_traffic(RelaySocket& socket) = 0;
  virtual void on_peer_connection(AllocationId allocation, net::AcceptedSocket accepted) = 0;
  virtual void before_close() = 0;  // send what still refers to the socket

 protected:
  ~RelaySocketHandler() = default;
};

class RelaySockets final : public RelayPorts {
 public:
  struct Options {
    WorkerIndex worker = 0;
    int receive_buffer_bytes = 0;
    int send_buffer_bytes = 0;
  };
  RelaySockets(net::EventLoop& loop, SharedPorts& ports, base::RandomSource& random,
               RelaySocketHandler& handler, const Options& options);

  std::expected<OpenedPort, PortError> open(const PortRequest& request, AllocationId owner) override;
  void close(const OpenedPort& port, const SharedPlace& place) override;
  void expire() override;
  SharedPlace place_of(const ReservationToken& token) const override { return ports_.place_of(token); }
  bool is_relay(const base::Endpoint& peer) const override { return ports_.owner_of(peer).has_value(); }
  bool could_be_relay(uint16_t port) const override { return ports_.is_in_range(port); }
  bool serves(base::Family family) const override { return ports_.serves(family); }
  std::optional<RelayListener> find_listener(const base::Endpoint& endpoint) const override {
    return ports_.find_listener(endpoint);
  }
  // Listeners that paused because the process was out of descriptors try again. A few times a second.
  void resume_listeners();

  [[nodiscard]] RelaySocket& at(uint32_t handle) { return *slots_[handle].socket; }

 private:
  friend class RelaySocket;
  friend class PeerListener;
  struct Slot {
    std::unique_ptr<RelaySocket> socket;  // one of the two
    std::unique_ptr<PeerListener> listener;
    size_t address = 0;
  };

  [[nodiscard]] std::expected<net::UdpSocket, PortError> bind(size_t address, uint16_t port) const;
  [[nodiscard]] std::expected<OpenedPort, PortError> redeem(const ReservationToken& token,
                                                            AllocationId owner);
  [[nodiscard]] std::expected<OpenedPort, PortError> open_tcp(const SharedPorts::Claim& claim,
                                                              AllocationId owner);
  // One port, or two of which the next is held. `failed`: the one that could not be bound.
  [[nodiscard]] std::expected<OpenedPort, PortError> open_udp(const SharedPorts::Claim& claim,
                                                              const PortRequest& request, AllocationId owner,
                                                              uint16_t& failed);
  [[nodiscard]] uint32_t new_slot(size_t address);
  [[nodiscard]] OpenedPort take_in(net::UdpSocket socket, size_t address, AllocationId owner);
  [[nodiscard]] ReservationToken hold(net::UdpSocket socket, size_t address, SharedPlace place);

  net::EventLoop& loop_;
  SharedPorts& ports_;
  base::RandomSource& random_;
  RelaySocketHandler& handler_;
  Options options_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  bool some_paused_ = false;
};

}  // namespace relay::worker

// The TCP connections with peers of one worker (RFC 6062), from connect() or accept() to their end.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "net/fd_watch.h"
#include "net/timer.h"
#include "relay/worker/tcp_pair.h"

namespace relay::worker {

// Who hears what has become of them: the TURN server, by way of the worker.
class TcpRelayHandler {
 public:
  virtual void on_peer_connected(ConnectionId id) = 0;
  virtual void on_peer_unreachable(ConnectionId id) = 0;
  // As Server::handle_relayed().
  virtual std::optional<base::TimePoint> on_relayed(ConnectionId id, Direction direction, size_t bytes) = 0;
  virtual void on_relay_closed(ConnectionId id) = 0;

 protected:
  ~TcpRelayHandler() = default;
};

// A connection is being made, then waits unread (what the peer sends stays in the kernel's buffer, whose
// window holds it back), then carries data as one half of a pair. Worker's thread only.
class TcpRelays final : private TcpPairHandler {
 public:
  // `group`: of the client streams that will be joined.
  TcpRelays(net::StreamGroup& group, TcpRelayHandler& handler);
  ~TcpRelays();

  // The handler hears of the outcome; of one that the kernel knows at once, from inside the call.
  void open(ConnectionId id, const base::Endpoint& local, const base::Endpoint& remote);
  void take_in(ConnectionId id, net::UniqueFd accepted);
  // `client`, detached, carries the data of `id` from now on: its unread octets go to the peer, and what the
  // peer has sent follows what is queued for the client.
  void join(ConnectionId id, std::unique_ptr<net::Stream> client);
  // In whatever state it is. The handler hears no more of it.
  void close(ConnectionId id);

 private:
  class Connecting;
  using Pairs = std::unordered_map<ConnectionId, std::unique_ptr<TcpPair>>;
  struct Paced {
    base::TimePoint until;
    ConnectionId id;
    Direction direction;
  };

  void on_connect_outcome(Connecting& attempt);
  std::optional<base::TimePoint> on_pair_bytes(TcpPair& pair, Direction direction, size_t bytes) override;
  void on_pair_closed(TcpPair& pair) override;
  void go_on();

  net::StreamGroup& group_;
  TcpRelayHandler& handler_;
  TcpQueues queues_;
  std::unordered_map<ConnectionId, std::unique_ptr<Connecting>> connecting_;
  std::unordered_map<ConnectionId, net::UniqueFd> unbound_;
  Pairs pairs_;
  std::unordered_map<const TcpPair*, std::unique_ptr<TcpPair>> finishing_;  // their ids may be given anew
  std::vector<Paced> paced_;  // directions that wait for the bandwidth limit
  net::Timer pace_timer_;
};

}  // namespace relay::worker

#include "relay/worker/tcp_relays.h"

#include <algorithm>

#include "net/event_loop.h"
#include "net/listening_socket.h"

namespace relay::worker {
namespace {

net::StreamOptions peer_stream_options() {
  net::StreamOptions options;
  options.control_reserve_bytes = 0;
  return options;
}

}  // namespace

class TcpRelays::Connecting final : public net::FdHandler {
 public:
  Connecting(TcpRelays& owner, ConnectionId number, net::UniqueFd started)
      : id(number),
        socket(std::move(started)),
        owner_(owner),
        watch_(owner.group_.loop(), socket.get(), net::Events::kWrite, *this) {}
  void on_ready(net::Events) override { owner_.on_connect_outcome(*this); }
  net::UniqueFd take() {
    watch_ = net::FdWatch();
    return std::move(socket);
  }

  const ConnectionId id;
  net::UniqueFd socket;

 private:
  TcpRelays& owner_;
  net::FdWatch watch_;  // after the socket: leaves the loop before the descriptor closes
};

TcpRelays::TcpRelays(net::StreamGroup& group, TcpRelayHandler& handler)
    : group_(group), handler_(handler), pace_timer_(group.loop(), [this] { go_on(); }) {}

TcpRelays::~TcpRelays() = default;

void TcpRelays::open(ConnectionId id, const base::Endpoint& local, const base::Endpoint& remote) {
  auto socket = net::connect_from(local, remote);
  if (!socket) return handler_.on_peer_unreachable(id);
  connecting_.emplace(id, std::make_unique<Connecting>(*this, id, std::move(*socket)));
}

void TcpRelays::on_connect_outcome(Connecting& attempt) {
  const ConnectionId id = attempt.id;
  auto socket = attempt.take();
  connecting_.erase(id);  // destroys the attempt
  if (net::connect_outcome(socket.get()) != 0) return handler_.on_peer_unreachable(id);
  unbound_.emplace(id, std::move(socket));
  handler_.on_peer_connected(id);
}

void TcpRelays::take_in(ConnectionId id, net::UniqueFd accepted) {
  unbound_.emplace(id, std::move(accepted));
}

void TcpRelays::join(ConnectionId id, std::unique_ptr<net::Stream> client) {
  auto waiting = unbound_.extract(id);
  if (waiting.empty()) return handler_.on_relay_closed(id);
  auto peer = std::make_unique<net::Stream>(std::move(waiting.mapped()), peer_stream_options());
  TcpPairHandler& handler = *this;
  pairs_.emplace(id,
                 std::make_unique<TcpPair>(id, std::move(client), std::move(peer), group_, queues_, handler));
}

void TcpRelays::close(ConnectionId id) {
  connecting_.erase(id);
  unbound_.erase(id);
  auto pair = pairs_.extract(id);
  if (pair.empty()) return;
  pair.mapped()->finish();
  finishing_.emplace(pair.mapped().get(), std::move(pair.mapped()));
}

std::optional<base::TimePoint> TcpRelays::on_pair_bytes(TcpPair& pair, Direction direction, size_t bytes) {
  const auto until = handler_.on_relayed(pair.id(), direction, bytes);
  if (!until) return std::nullopt;
  paced_.push_back({*until, pair.id(), direction});
  if (!pace_timer_.deadline() || *until < *pace_timer_.deadline()) pace_timer_.arm(*until);
  return until;
}

void TcpRelays::on_pair_closed(TcpPair& pair) {
  if (finishing_.erase(&pair) > 0) return;
  const ConnectionId id = pair.id();
  pairs_.erase(id);  // destroys the pair
  handler_.on_relay_closed(id);
}

void TcpRelays::go_on() {
  const auto now = group_.loop().now().steady;
  const auto due = std::ranges::partition(paced_, [&](const Paced& paced) { return now < paced.until; });
  for (const auto& paced : due) {
    const auto at = pairs_.find(paced.id);
    if (at != pairs_.end()) at->second->go_on(paced.direction);
  }
  paced_.erase(due.begin(), due.end());
  const auto next = std::ranges::min_element(paced_, {}, &Paced::until);
  if (next != paced_.end()) pace_timer_.arm(next->until);
}

}  // namespace relay::worker

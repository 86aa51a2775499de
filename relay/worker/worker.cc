#include "relay/worker/worker.h"

namespace relay::worker {
namespace {

// One busy socket must not starve the others: after this many batches the loop goes round.
constexpr int kBatchesPerWakeup = 4;
constexpr size_t kRingSlots = 1024;
constexpr std::chrono::milliseconds kTick{250};

}  // namespace

class Worker::Listener final : public net::FdHandler {
 public:
  Listener(Worker& worker, net::UdpSocket opened, uint32_t route_of)
      : socket(std::move(opened)),
        route(route_of),
        worker_(worker),
        watch_(worker.loop_, socket.fd(), net::Events::kRead, *this) {}
  void on_ready(net::Events) override { worker_.on_client_datagrams(*this); }

  const net::UdpSocket socket;
  const uint32_t route;
  uint32_t kernel_drops_seen = 0;

 private:
  Worker& worker_;
  net::FdWatch watch_;
};

Worker::Worker(const WorkerOptions& options, Shared shared, std::shared_ptr<const PeerPolicy> policy,
               std::unique_ptr<Credentials> credentials, const stun::NonceKey& nonces)
    : options_(options),
      shared_(shared),
      policy_(std::move(policy)),
      policy_in_use_(policy_.get()),
      credentials_(std::move(credentials)),
      // A peer's datagram may be as long as UDP allows; memory is touched only as far as datagrams reach.
      receive_({.payload_bytes = 65535}),
      sockets_(loop_, shared.ports, random_, *this,
               {options.index, options.relay_buffer_bytes, options.relay_buffer_bytes}),
      streams_(loop_, *this, options.streams),
      tcp_(streams_.group(), *this),
      dtls_(loop_.now().steady, options.dtls_context, options.dtls, *this),
      server_(loop_.now().steady, options.server, *policy_, *credentials_, sockets_, shared.quotas, random_,
              nonces, counters_, ConnectionIds{options.index, options.workers}, &shared.transactions),
      tick_(loop_, [this] { on_tick(); }),
      unfinished_records_(loop_, [this] { on_unfinished_records(); }) {
  outbox_.wire({&policy_in_use_, &shared.ports, &sockets_, &streams_, &dtls_, &listener_sockets_, &rings_,
                &counters_});
}

Worker::~Worker() = default;

std::expected<base::Endpoint, net::SystemError> Worker::open_udp(const base::Endpoint& endpoint,
                                                                 bool v6_only) {
  net::UdpOptions options;
  options.reuse_port = true;
  options.receive_buffer_bytes = options.send_buffer_bytes = options_.listener_buffer_bytes;
  options.packet_info = true;
  options.v6_only = v6_only;
  options.receive_drops = true;
  auto socket = net::UdpSocket::open(endpoint, options);
  if (!socket) return std::unexpected(socket.error());
  const auto local = socket->local();
  listeners_.push_back(
      std::make_unique<Listener>(*this, std::move(*socket), static_cast<uint32_t>(listeners_.size())));
  listener_sockets_.push_back(&listeners_.back()->socket);
  return local;
}

void Worker::connect_ring(WorkerIndex consumer, HairpinRing* ring) {
  if (rings_.size() <= consumer) rings_.resize(consumer + 1u);
  rings_[consumer] = ring;
}

void Worker::connect_worker(Worker& other) {
  if (others_.size() <= other.index()) others_.resize(other.index() + 1u);
  others_[other.index()] = &other;
}

std::unique_ptr<HairpinRing> Worker::make_ring() {
  return std::make_unique<HairpinRing>(
      loop_, kRingSlots,
      [this](const HairpinHeader& header, base::MutableBytes payload) {
        const auto step =
            server_.handle_hairpin(now(), header.relayed, header.from, payload, outbox_.scratch());
        outbox_.carry_out(step, ClientPath{});
      },
      [this] { end_batch(); });
}

void Worker::adopt(net::Accepted accepted) { adopt(std::move(accepted), false); }

void Worker::adopt(net::Accepted accepted, bool handed_over) {
  auto shared = std::make_shared<net::Accepted>(std::move(accepted));
  post([shared, handed_over](Worker& worker) { worker.streams_.adopt(std::move(*shared), handed_over); });
}

void Worker::on_client_datagrams(Listener& listener) {
  const auto& local = listener.socket.local();
  dtls_.begin_turn();
  for (int i = 0; i < kBatchesPerWakeup; ++i) {
    const auto batch = receive_.receive(listener.socket);
    const auto now = loop_.now();
    if (const uint32_t dropped = receive_.kernel_drops()) {  // since the socket opened, in 32 bits
      kernel_drops_.add(dropped - listener.kernel_drops_seen);
      listener.kernel_drops_seen = dropped;
    }
    for (const auto& datagram : batch) {
      const ClientPath from{{datagram.from, {datagram.to, local.port}, Transport::kUdp}, listener.route};
      if (is_dtls(datagram.data)) {
        dtls_.handle_datagram(now.steady, from, datagram.data);
      } else {
        outbox_.carry_out(server_.handle_client(now, from, datagram.data, outbox_.scratch()), from);
      }
    }
    end_batch();
    if (batch.size() < receive_.capacity()) return;
  }
}

void Worker::on_peer_traffic(RelaySocket& socket) {
  if (!socket.allocation) socket.allocation = server_.find(socket.allocation_id);
  if (!socket.allocation) return;  // cannot be: the socket closes with its allocation
  Allocation& allocation = *socket.allocation;
  for (int i = 0; i < kBatchesPerWakeup; ++i) {
    const auto batch = receive_.receive(socket.socket);
    if (batch.empty()) report_icmp(socket, allocation);
    const auto now = loop_.now().steady;
    for (const auto& datagram : batch) {
      outbox_.carry_out(server_.handle_peer(now, allocation, datagram.from, datagram.data, outbox_.scratch()),
                        ClientPath{});
    }
    end_batch();
    if (batch.size() < receive_.capacity()) return;
  }
}

void Worker::report_icmp(RelaySocket& socket, Allocation& allocation) {
  socket.socket.drain_errors([&](const net::IcmpError& error) {
    if (error.local) return;
    const auto step = server_.handle_icmp(now(), allocation, error.peer, {error.type, error.code, error.info},
                                          outbox_.scratch());
    outbox_.carry_out(step, ClientPath{});
  });
}

void Worker::on_peer_connection(AllocationId allocation, net::AcceptedSocket accepted) {
  const auto id = server_.handle_incoming(now(), allocation, accepted.from);
  if (id) tcp_.take_in(*id, std::move(accepted.fd));
  end_batch();
}

StreamFate Worker::on_stream_frame(const ClientPath& from, base::Bytes frame) {
  const auto step = server_.handle_client(loop_.now(), from, frame, outbox_.scratch());
  outbox_.carry_out(step, from);
  carry_out_outputs();
  if (step.kind == Step::Kind::kJoin) return {StreamFate::Kind::kJoins, step.connection};
  if (step.kind == Step::Kind::kHandOver) return {StreamFate::Kind::kMovesOn, step.connection};
  return {};
}

void Worker::on_stream_left(const StreamFate& fate, net::Accepted connection) {
  if (fate.kind == StreamFate::Kind::kJoins) return tcp_.join(fate.connection, std::move(connection.stream));
  const size_t owner = fate.connection % options_.workers;
  if (owner < others_.size() && others_[owner]) others_[owner]->adopt(std::move(connection), true);
}

void Worker::on_stream_closed(const ClientPath& from) {
  server_.handle_client_gone(from.tuple);
  carry_out_outputs();
}

void Worker::on_peer_connected(ConnectionId id) {
  server_.handle_connected(now(), id);
  end_batch();
}

void Worker::on_peer_unreachable(ConnectionId id) {
  server_.handle_connect_failed(id);
  end_batch();
}

std::optional<base::TimePoint> Worker::on_relayed(ConnectionId id, Direction direction, size_t bytes) {
  return server_.handle_relayed(now(), id, direction, bytes);
}

void Worker::on_relay_closed(ConnectionId id) { server_.handle_connection_closed(id); }

void Worker::carry_out_outputs() {
  while (const auto output = server_.poll_output()) {
    if (const auto* open = std::get_if<OpenConnection>(&*output)) {
      tcp_.open(open->id, open->local, open->remote);
    } else if (const auto* close = std::get_if<CloseConnection>(&*output)) {
      tcp_.close(close->id);
    } else if (const auto* tell = std::get_if<TellClient>(&*output)) {
      outbox_.send_message(tell->client, tell->message);
    }
  }
}

void Worker::on_dtls_record(const ClientPath& from, base::Bytes record) {
  outbox_.carry_out(server_.handle_client(loop_.now(), from, record, outbox_.scratch()), from);
}

void Worker::on_dtls_client_gone(const ClientPath& from) { server_.handle_client_gone(from.tuple); }

void Worker::send_to_client(const ClientPath& to, base::Bytes datagram) {
  outbox_.send_datagram(to, datagram);
}

bool Worker::is_in_use(const ClientPath& from) { return server_.has_allocation(from.tuple); }

void Worker::end_batch() {
  carry_out_outputs();
  outbox_.flush();
  dtls_.end_batch();
  if (dtls_.has_unfinished()) unfinished_records_.arm(base::TimePoint{});  // long past: in the next round
  if (!tick_.deadline()) arm_tick();
}

void Worker::arm_tick() {
  // Reservations and resting ports end on an idle worker too.
  const bool has_deadlines = server_.allocation_count() > 0 || dtls_.sessions() > 0 || shared_.ports.waits();
  if (has_deadlines) tick_.arm(now() + kTick);
}

void Worker::on_tick() {
  server_.handle_timeout(now());
  shared_.ports.expire(now());
  dtls_.handle_timeout(now());
  sockets_.resume_listeners();
  end_batch();
  arm_tick();
}

void Worker::on_unfinished_records() {
  dtls_.go_on(now());
  end_batch();
}

void Worker::change_policy(std::shared_ptr<const PeerPolicy> policy) {
  server_.change_policy(*policy);
  policy_ = std::move(policy);
  policy_in_use_ = policy_.get();
  end_batch();
}

size_t Worker::kick_user(const std::string& user) {
  return kick_if(user, [](const SessionInfo&) { return true; }, EndReason::kKicked);
}

// On this thread, so that an Allocate under way has its place by now.
size_t Worker::kick_if(const std::string& user, const std::function<bool(const SessionInfo&)>& is_over,
                       EndReason reason) {
  if (shared_.quotas.of_user(user) == 0) return 0;
  size_t kicked = 0;
  for (const auto& session : server_.sessions_of(user, now()))
    kicked += is_over(session) && kick(session.id, reason);
  return kicked;
}

size_t Worker::kick_if(const std::function<bool(const SessionInfo&)>& is_over, EndReason reason) {
  size_t kicked = 0;
  for (const auto& session : server_.sessions(now())) kicked += is_over(session) && kick(session.id, reason);
  return kicked;
}

bool Worker::kick(AllocationId id, EndReason reason) {
  const auto* allocation = server_.find(id);
  if (!allocation) return false;
  const ClientPath client = allocation->client;
  server_.kick(id, reason);
  if (is_stream(client.tuple.transport)) streams_.close(client.route);
  if (client.tuple.transport == Transport::kDtls) dtls_.close(client);
  end_batch();
  return true;
}

}  // namespace relay::worker

// One relay thread: its sockets, its allocations, its loop. Start reading the data plane here.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/one_port_listener.h"
#include "net/system_random.h"
#include "net/timer.h"
#include "net/udp_receive_batch.h"
#include "relay/server.h"
#include "relay/worker/client_streams.h"
#include "relay/worker/dtls_clients.h"
#include "relay/worker/outbox.h"
#include "relay/worker/relay_sockets.h"
#include "relay/worker/shared_ports.h"
#include "relay/worker/shared_quotas.h"
#include "relay/worker/shared_transactions.h"
#include "relay/worker/tcp_relays.h"

namespace relay::worker {

struct WorkerOptions {
  WorkerIndex index = 0;
  WorkerIndex workers = 1;
  ServerOptions server;
  ClientStreams::Options streams;
  std::optional<net::DtlsContext> dtls_context;  // none: no DTLS
  net::DtlsOptions dtls;                         // its cookie key is the same for all workers
  // Asked of the kernel for every UDP socket of a listener, and for relay sockets; cut to net.core.*mem_max.
  int listener_buffer_bytes = 8 << 20;
  int relay_buffer_bytes = 1 << 20;
};

// What all workers of a process share. Outlives them.
struct Shared {  // the quotas outlive the ports, which keep places
  SharedPorts& ports;
  SharedQuotas& quotas;
  SharedTransactions& transactions;
};

// Everything but the constructor, open_udp(), post() and the counters belongs to the thread that calls run().
class Worker final : private RelaySocketHandler,
                     private StreamFrameHandler,
                     private DtlsClientHandler,
                     private TcpRelayHandler {
 public:
  Worker(const WorkerOptions& options, Shared shared, std::shared_ptr<const PeerPolicy> policy,
         std::unique_ptr<Credentials> credentials, const stun::NonceKey& nonces);
  ~Worker();

  // Before run(): a listening UDP socket of this worker on `endpoint` (SO_REUSEPORT: the kernel spreads
  // clients over the workers by their address). Gives the bound address, the port chosen if it was 0.
  // [::] takes IPv4 too unless `v6_only`.
  [[nodiscard]] std::expected<base::Endpoint, net::SystemError> open_udp(const base::Endpoint& endpoint,
                                                                         bool v6_only);
  // Before run(): who hears of this worker's sessions, on its thread; outlives the worker.
  void observe(SessionObserver& observer) { server_.observe(observer); }
  // Before run(): as Server::guard().
  void guard(const PeerGuard& guard) { server_.guard(guard); }
  // Before run(): where hairpin packets for `consumer` go.
  void connect_ring(WorkerIndex consumer, HairpinRing* ring);
  // Before run(): where streams go that claim a TCP connection of `other`, which outlives this one's run().
  void connect_worker(Worker& other);
  // Makes the ring through which `producer` sends to this worker.
  [[nodiscard]] std::unique_ptr<HairpinRing> make_ring();

  void run() { loop_.run(); }
  void stop() { loop_.stop(); }
  // Runs `call` on the worker's thread. Any thread.
  void post(std::function<void(Worker&)> call) {
    loop_.post([this, call = std::move(call)] { call(*this); });
  }
  // A connection that speaks TURN is this worker's from now on. Any thread.
  void adopt(net::Accepted accepted);

  [[nodiscard]] Server& server() { return server_; }
  [[nodiscard]] base::TimePoint now() const { return loop_.now().steady; }
  // Handshakes from now on; what is connected stays.
  void change_certificate(const net::DtlsContext& context) { dtls_.use(context); }
  void change_dtls_limits(const net::DtlsLimits& limits) { dtls_.set_limits(limits); }
  void change_policy(std::shared_ptr<const PeerPolicy> policy);
  // Ends an allocation and, over a stream, its connection.
  bool kick(AllocationId id, EndReason reason = EndReason::kKicked);
  size_t kick_user(const std::string& user);
  // Every session of which `is_over` says yes.
  size_t kick_if(const std::function<bool(const SessionInfo&)>& is_over, EndReason reason);
  // The same of the sessions of `user`: of one who has none, whatever others have, it costs one look-up.
  size_t kick_if(const std::string& user, const std::function<bool(const SessionInfo&)>& is_over,
                 EndReason reason);

  // Any thread.
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const net::UdpReceiveBatch::Counters& received() const { return receive_.counters(); }
  // Datagrams of clients that the kernel dropped because this worker came too late for them.
  [[nodiscard]] const base::Counter& kernel_drops() const { return kernel_drops_; }
  [[nodiscard]] const net::UdpSendBatch::Counters& sent() const { return outbox_.sent(); }
  [[nodiscard]] const net::StreamTotals& stream_totals() const { return streams_.totals(); }
  // Null without DTLS.
  [[nodiscard]] const net::DtlsServer::Counters* dtls() const { return dtls_.counters(); }
  [[nodiscard]] WorkerIndex index() const { return options_.index; }

 private:
  class Listener;

  void on_client_datagrams(Listener& listener);
  void on_peer_traffic(RelaySocket& socket) override;
  void before_close() override { outbox_.flush(); }
  void report_icmp(RelaySocket& socket, Allocation& allocation);
  void on_peer_connection(AllocationId allocation, net::AcceptedSocket accepted) override;
  StreamFate on_stream_frame(const ClientPath& from, base::Bytes frame) override;
  void on_stream_left(const StreamFate& fate, net::Accepted connection) override;
  void on_stream_batch_end() override { end_batch(); }
  void on_stream_closed(const ClientPath& from) override;
  bool is_in_use(const ClientPath& from) override;  // for streams and for DTLS
  void on_dtls_record(const ClientPath& from, base::Bytes record) override;
  void on_dtls_client_gone(const ClientPath& from) override;
  void send_to_client(const ClientPath& to, base::Bytes datagram) override;
  void flush_to_clients() override { outbox_.flush(); }
  void on_peer_connected(ConnectionId id) override;
  void on_peer_unreachable(ConnectionId id) override;
  std::optional<base::TimePoint> on_relayed(ConnectionId id, Direction direction, size_t bytes) override;
  void on_relay_closed(ConnectionId id) override;
  void adopt(net::Accepted accepted, bool handed_over);
  void carry_out_outputs();
  void arm_tick();
  void end_batch();
  void on_tick();
  void on_unfinished_records();

  WorkerOptions options_;
  Shared shared_;
  std::shared_ptr<const PeerPolicy> policy_;
  const PeerPolicy* policy_in_use_;
  std::unique_ptr<Credentials> credentials_;
  net::EventLoop loop_;
  net::SystemRandom random_;
  Counters counters_;
  base::Counter kernel_drops_;
  net::UdpReceiveBatch receive_;
  Outbox outbox_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<const net::UdpSocket*> listener_sockets_;  // by route
  std::vector<HairpinRing*> rings_;
  std::vector<Worker*> others_;
  RelaySockets sockets_;
  ClientStreams streams_;
  TcpRelays tcp_;
  DtlsClients dtls_;
  Server server_;  // after all it uses; ends its allocations before they go
  net::Timer tick_;
  net::Timer unfinished_records_;  // of DTLS clients who had enough for one turn: the next round goes on
};

}  // namespace relay::worker

// One TCP port for everything: TLS, TURN, ICE-TCP, HTTP and WebSocket, told apart by their first octets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/counter.h"
#include "base/time.h"
#include "net/connection_limiter.h"
#include "net/handshake_queue.h"
#include "net/stream.h"
#include "net/system_error.h"
#include "net/tls_context.h"

namespace net {

class StreamGroup;

enum class StreamTransport : uint8_t { kTcp, kTls };

// A connection whose first octets are known, ready to be handed to whoever speaks its protocol, on any
// thread.
struct Accepted {
  std::unique_ptr<Stream> stream;  // detached, no deadline; the first octets are still unread in it
  base::Endpoint client;           // as a PROXY header says, if one was believed; never IPv4-mapped
  base::Endpoint server;           // the address the client connected to
  StreamTransport transport = StreamTransport::kTcp;
  base::TimePoint accepted_at;   // deadlines of the next stage count from here
  bool proxied = false;          // a PROXY header was believed
  bool client_uses_tls = false;  // as far as the proxy: it says that it ended TLS
};

// Who takes the connections over. Called on the listener's thread, once per connection. Must outlive the
// listener.
class ConnectionSink {
 public:
  virtual void on_turn(Accepted connection) = 0;  // STUN framing of RFC 8489 §6.2.2
  virtual void on_ice_tcp(
      Accepted connection) = 0;                   // RFC 4571 framing, first frame a STUN message (RFC 6544)
  virtual void on_http(Accepted connection) = 0;  // HTTP/1.x

 protected:
  ~ConnectionSink() = default;
};

struct OnePortOptions {
  base::Endpoint endpoint;  // port 0: the kernel picks one, see local()
  // Off: an IPv6 socket also takes IPv4, as a listener on [::] may.
  bool v6_only = true;
  bool tls_required = false;  // a plain connection is closed
  // Only connections from here may, and then must, begin with a PROXY protocol header, of version 1 or 2.
  std::vector<base::IpPrefix> proxies;
  // From accept until the first octets are known: PROXY header, TLS handshake and the first eight octets
  // together.
  std::chrono::milliseconds handshake_timeout{10'000};
  // How long nothing is accepted after the process ran out of descriptors: closing one takes somebody a
  // while.
  std::chrono::milliseconds accept_pause{100};
  // Connections that wait to be accepted, as when all clients come back at once after an outage; who finds no
  // room tries again after a second or more. The kernel takes net.core.somaxconn (4096) at most.
  int backlog = 16'384;
  StreamOptions stream;
  HandshakeLimits handshakes;
};

// What became of the connections of one listener. One writer, any reader.
struct OnePortCounters {
  base::Counter accepted;
  base::Counter turn, ice_tcp, http;  // handed over
  base::Counter tls_established;
  base::Counter closed_silent;  // the client left before it had said enough
  base::Counter closed_deadline;
  base::Counter closed_tls_failed;
  base::Counter closed_handshake_crowded;  // stood still in a handshake while others waited for its place
  base::Counter rejected_unknown;          // first octets of nothing that is spoken here
  base::Counter rejected_channel_data;     // ChannelData before any STUN
  base::Counter rejected_http2;            // HTTP/2 without having been offered
  base::Counter rejected_tls_in_tls;
  base::Counter rejected_plain;            // not TLS where TLS is required
  base::Counter rejected_tls_unavailable;  // TLS where no certificate is set
  base::Counter rejected_proxy_untrusted;  // a PROXY header from a stranger
  base::Counter rejected_proxy_missing;    // none from a proxy
  base::Counter rejected_proxy_malformed;
  base::Counter rejected_per_source;
  base::Counter rejected_total;
  base::Counter out_of_descriptors;  // accept() failed with EMFILE or ENFILE: each time a pause
  base::Counter accept_failed;       // any other failure of accept()
};

// The last connection that was closed for its PROXY header, or for want of one.
struct ProxyFault {
  base::IpAddress source;   // of the connection itself
  std::string_view reason;  // with the cure; static
  base::TimePoint accepted_at;
  uint64_t times = 0;  // how many there were
};

// Accepts on one address of one loop. Nothing is logged per connection; everything is counted. Loop's thread
// only.
class OnePortListener {
 public:
  // Binds and listens; connections come once the loop runs. `tls`: nullopt refuses TLS. `limiter`: shared by
  // the listeners of a server; connections from `proxies` count for the client that the header names.
  // `group`, `limiter` and `sink` must outlive the listener.
  [[nodiscard]] static std::expected<std::unique_ptr<OnePortListener>, SystemError> open(
      StreamGroup& group, const OnePortOptions& options, std::optional<TlsContext> tls,
      ConnectionLimiter& limiter, ConnectionSink& sink);
  ~OnePortListener();  // closes the port and what nobody has taken yet

  // For connections from now on.
  void set_tls_context(TlsContext tls);
  // Accepts nothing more (draining); connections already accepted go on. The port is free again.
  void stop_accepting();

  [[nodiscard]] const base::Endpoint& local() const;
  [[nodiscard]] const OnePortCounters& counters() const;
  [[nodiscard]] const std::optional<ProxyFault>& last_proxy_fault() const;

 private:
  class Internals;
  explicit OnePortListener(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

// A connection between accept and hand-over: PROXY header, first octets, TLS, first octets again. Internal to
// net.
#pragma once

#include <list>
#include <memory>
#include <optional>

#include "base/counter.h"
#include "net/handshake_queue.h"
#include "net/one_port_listener.h"
#include "net/sniffer.h"
#include "net/stream.h"

namespace net {

class Greeting;

// What the greetings of one listener have in common.
struct GreetingContext {
  StreamGroup& group;
  const OnePortOptions options;
  std::optional<TlsContext> tls;
  ConnectionLimiter& limiter;
  ConnectionSink& sink;
  OnePortCounters counters;
  std::optional<ProxyFault> last_proxy_fault;
  HandshakeQueue handshakes;
  std::list<Greeting> open;  // last: dies first
};

// Lives in context.open from its making until it knows who takes the connection, or that nobody does.
class Greeting final : private StreamHandler, private Handshake {
 public:
  // `connection.client` and `.server` as the socket says.
  static void begin(GreetingContext& context, Accepted connection);

  Greeting(GreetingContext& context, Accepted connection)
      : context_(context), connection_(std::move(connection)), peer_(connection_.client.ip) {}

 private:
  size_t on_bytes(Stream& stream, base::MutableBytes received) override;
  void on_tls_established(Stream& stream) override;
  void on_closed(Stream& stream, CloseReason reason) override;
  void begin_handshake() override;
  void give_up_handshake() override;

  // Each of these may end this object's life, and then returns nullopt or 0.
  [[nodiscard]] std::optional<size_t> take_proxy_header(base::Bytes received);
  size_t decide(base::Bytes first_bytes, size_t consumed);
  size_t await_tls(base::Bytes first_bytes, size_t consumed);
  size_t hand_over(FirstBytes kind, size_t consumed);
  size_t reject(base::Counter& counter);
  // The same, of a connection that a proxy passed on, or should have.
  size_t reject_proxied(base::Counter& counter, std::string_view reason);
  [[nodiscard]] bool admit();
  [[nodiscard]] base::Counter& rejection_of(FirstBytes kind);
  void leave();

  GreetingContext& context_;
  Accepted connection_;
  std::list<Greeting>::iterator place_;
  base::IpAddress peer_;  // of the socket, whatever a PROXY header says
  bool proxy_header_due_ = false;
};

}  // namespace net

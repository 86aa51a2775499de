// TURN clients over DTLS of one worker (RFC 7350): records in, datagrams out.
#pragma once

#include <optional>
#include <span>

#include "net/dtls_server.h"
#include "relay/five_tuple.h"

namespace relay::worker {

// What a record means, and where datagrams leave. As StreamFrameHandler, for DTLS.
class DtlsClientHandler {
 public:
  virtual void on_dtls_record(const ClientPath& from, base::Bytes record) = 0;
  virtual void on_dtls_client_gone(const ClientPath& from) = 0;
  virtual bool is_in_use(const ClientPath& from) = 0;
  // `datagram` and records live until end_batch() or flush_to_clients().
  virtual void send_to_client(const ClientPath& to, base::Bytes datagram) = 0;
  virtual void flush_to_clients() = 0;  // sends what looks at records and datagrams

 protected:
  ~DtlsClientHandler() = default;
};

// Worker's thread only. Without a context every DTLS datagram is dropped.
class DtlsClients final : private net::DtlsHandler {
 public:
  DtlsClients(base::TimePoint now, const std::optional<net::DtlsContext>& context,
              const net::DtlsOptions& options, DtlsClientHandler& handler);

  void handle_datagram(base::TimePoint now, const ClientPath& from, base::Bytes datagram);
  void handle_timeout(base::TimePoint now);
  // As DtlsServer's.
  void begin_turn();
  [[nodiscard]] bool has_unfinished() const { return server_ && server_->has_unfinished(); }
  void go_on(base::TimePoint now);
  void send(const ClientPath& client, std::span<const base::Bytes> pieces);
  // After everything that looks at records and datagrams has been sent; not from inside the handler's calls.
  void end_batch();
  // Says goodbye, as when a session was kicked.
  void close(const ClientPath& client);
  void use(const net::DtlsContext& context);
  void set_limits(const net::DtlsLimits& limits);
  [[nodiscard]] size_t sessions() const { return server_ ? server_->sessions() : 0; }
  // Any thread; null without a context.
  [[nodiscard]] const net::DtlsServer::Counters* counters() const {
    return server_ ? &server_->counters() : nullptr;
  }

 private:
  void on_dtls_send(const net::DtlsPath& path, base::Bytes datagram) override;
  void on_dtls_data(const net::DtlsPath& path, base::MutableBytes data) override;
  void on_dtls_buffers_lent() override { handler_.flush_to_clients(); }
  bool is_in_use(const net::DtlsPath& path) override;
  void on_dtls_closed(const net::DtlsPath& path) override;

  DtlsClientHandler& handler_;
  std::optional<net::DtlsServer> server_;
};

// DTLS records begin with 20 to 63 (RFC 7983 §7).
[[nodiscard]] constexpr bool is_dtls(base::Bytes datagram) {
  return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

}  // namespace relay::worker

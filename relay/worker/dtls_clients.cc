#include "relay/worker/dtls_clients.h"

namespace relay::worker {
namespace {

net::DtlsPath to_dtls(const ClientPath& path) { return {path.tuple.client, path.tuple.server, path.route}; }

ClientPath from_dtls(const net::DtlsPath& path) {
  return {{path.client, path.server, Transport::kDtls}, path.route};
}

}  // namespace

DtlsClients::DtlsClients(base::TimePoint now, const std::optional<net::DtlsContext>& context,
                         const net::DtlsOptions& options, DtlsClientHandler& handler)
    : handler_(handler) {
  if (context) server_.emplace(now, *context, options, static_cast<net::DtlsHandler&>(*this));
}

void DtlsClients::handle_datagram(base::TimePoint now, const ClientPath& from, base::Bytes datagram) {
  if (server_) server_->handle_datagram(now, to_dtls(from), datagram);
}

void DtlsClients::handle_timeout(base::TimePoint now) {
  if (server_) server_->handle_timeout(now);
}

void DtlsClients::begin_turn() {
  if (server_) server_->begin_turn();
}

void DtlsClients::go_on(base::TimePoint now) {
  if (server_) server_->go_on(now);
}

void DtlsClients::send(const ClientPath& client, std::span<const base::Bytes> pieces) {
  if (server_) server_->send(to_dtls(client), pieces);
}

void DtlsClients::end_batch() {
  if (server_) server_->end_batch();
}

void DtlsClients::close(const ClientPath& client) {
  if (server_) server_->close(to_dtls(client));
}

void DtlsClients::use(const net::DtlsContext& context) {
  if (server_) server_->use(context);
}

void DtlsClients::set_limits(const net::DtlsLimits& limits) {
  if (server_) server_->set_limits(limits);
}

void DtlsClients::on_dtls_send(const net::DtlsPath& path, base::Bytes datagram) {
  handler_.send_to_client(from_dtls(path), datagram);
}

void DtlsClients::on_dtls_data(const net::DtlsPath& path, base::MutableBytes data) {
  handler_.on_dtls_record(from_dtls(path), data);
}

bool DtlsClients::is_in_use(const net::DtlsPath& path) { return handler_.is_in_use(from_dtls(path)); }

void DtlsClients::on_dtls_closed(const net::DtlsPath& path) { handler_.on_dtls_client_gone(from_dtls(path)); }

}  // namespace relay::worker

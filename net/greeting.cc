#include "net/greeting.h"

#include <algorithm>
#include <utility>

#include "net/proxy_protocol.h"
#include "net/stream_group.h"

namespace net {
namespace {

bool is_proxy(const OnePortOptions& options, const base::IpAddress& source) {
  return std::ranges::any_of(options.proxies, [&](const auto& prefix) { return prefix.contains(source); });
}

}  // namespace

void Greeting::begin(GreetingContext& context, Accepted connection) {
  context.open.emplace_front(context, std::move(connection));
  Greeting& self = context.open.front();
  self.place_ = context.open.begin();
  self.proxy_header_due_ = is_proxy(context.options, self.connection_.client.ip);
  if (!self.proxy_header_due_ && !self.admit()) return;
  Stream& stream = *self.connection_.stream;
  stream.set_deadline(self.connection_.accepted_at + context.options.handshake_timeout);
  stream.attach(context.group, self);
}

size_t Greeting::on_bytes(Stream&, base::MutableBytes received) {
  size_t consumed = 0;
  if (proxy_header_due_) {
    const auto header_bytes = take_proxy_header(received);
    if (!header_bytes) return 0;
    consumed = *header_bytes;
  }
  return decide(received.subspan(consumed), consumed);
}

std::optional<size_t> Greeting::take_proxy_header(base::Bytes received) {
  const auto parsed = parse_proxy_header(received);
  if (!parsed) {
    const bool missing = parsed.error() == ProxyError::kNoHeader;
    auto& counters = context_.counters;
    reject(missing ? counters.rejected_proxy_missing : counters.rejected_proxy_malformed);
    return std::nullopt;
  }
  if (!*parsed) return std::nullopt;
  proxy_header_due_ = false;
  if (const auto& addresses = (*parsed)->addresses) {
    connection_.client = addresses->client;
    connection_.server = addresses->server;
  }
  if (!admit()) return std::nullopt;
  return (*parsed)->header_bytes;
}

size_t Greeting::decide(base::Bytes first_bytes, size_t consumed) {
  const bool tls = connection_.stream->is_tls();
  const FirstBytes kind = sniff(first_bytes, tls ? Wrapping::kTls : Wrapping::kNone);
  switch (kind) {
    case FirstBytes::kNeedMore:
      return consumed;
    case FirstBytes::kTls:
      return begin_tls(consumed);
    case FirstBytes::kStun:
    case FirstBytes::kIceTcp:
    case FirstBytes::kHttp: {
      const bool refused = context_.options.tls_required && !tls;
      return refused ? reject(context_.counters.rejected_plain) : hand_over(kind, consumed);
    }
    default:
      return reject(rejection_of(kind));
  }
}

size_t Greeting::begin_tls(size_t consumed) {
  if (!context_.tls) return reject(context_.counters.rejected_tls_unavailable);
  connection_.stream->start_tls(*context_.tls);
  connection_.transport = StreamTransport::kTls;
  return consumed;
}

size_t Greeting::hand_over(FirstBytes kind, size_t consumed) {
  auto& [stream, client, server, transport, accepted_at] = connection_;
  stream->detach(consumed);
  stream->clear_deadline();
  Accepted connection = std::move(connection_);
  GreetingContext& context = context_;
  leave();
  switch (kind) {
    case FirstBytes::kStun:
      context.counters.turn.add();
      context.sink.on_turn(std::move(connection));
      break;
    case FirstBytes::kIceTcp:
      context.counters.ice_tcp.add();
      context.sink.on_ice_tcp(std::move(connection));
      break;
    default:
      context.counters.http.add();
      context.sink.on_http(std::move(connection));
  }
  return 0;
}

bool Greeting::admit() {
  auto lease = context_.limiter.admit(connection_.client.ip);
  if (lease) {
    connection_.stream->hold(std::move(*lease));
    return true;
  }
  const bool total = lease.error() == LimitReached::kTotal;
  reject(total ? context_.counters.rejected_total : context_.counters.rejected_per_source);
  return false;
}

base::Counter& Greeting::rejection_of(FirstBytes kind) {
  auto& counters = context_.counters;
  switch (kind) {
    case FirstBytes::kProxyV1:
    case FirstBytes::kProxyV2:
      return counters.rejected_proxy_untrusted;
    case FirstBytes::kTlsInTls:
      return counters.rejected_tls_in_tls;
    case FirstBytes::kHttp2:
      return counters.rejected_http2;
    case FirstBytes::kChannelData:
      return counters.rejected_channel_data;
    default:
      return counters.rejected_unknown;
  }
}

size_t Greeting::reject(base::Counter& counter) {
  counter.add();
  leave();
  return 0;
}

void Greeting::on_tls_established(Stream&) { context_.counters.tls_established.add(); }

void Greeting::on_closed(Stream&, CloseReason reason) {
  auto& counters = context_.counters;
  if (reason == CloseReason::kDeadline) {
    counters.closed_deadline.add();
  } else if (reason == CloseReason::kTlsFailed) {
    counters.closed_tls_failed.add();
  } else {
    counters.closed_silent.add();
  }
  leave();
}

void Greeting::leave() { context_.open.erase(place_); }

}  // namespace net

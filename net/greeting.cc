#include "net/greeting.h"

#include <algorithm>
#include <utility>

#include "net/octet_pool.h"
#include "net/proxy_protocol.h"
#include "net/stream_group.h"
#include "net/tls_hello.h"

namespace net {
namespace {

constexpr std::string_view kStrangersHeader =
    "a PROXY header from an address that may send none: if it is a load balancer of yours, name it in "
    "limits.proxy_protocol_from";
constexpr std::string_view kPlainWhereTlsIsRequired =
    "no TLS where it is required: let the load balancer pass TLS on, or connect to a tcp:// listener";

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
  stream.set_limits(kStrangerBytes, kStrangerBytes);
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
    reject_proxied(missing ? counters.rejected_proxy_missing : counters.rejected_proxy_malformed,
                   describe(parsed.error()));
    return std::nullopt;
  }
  if (!*parsed) return std::nullopt;
  proxy_header_due_ = false;
  connection_.proxied = true;
  connection_.client_uses_tls = (*parsed)->client_uses_tls;
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
      return await_tls(first_bytes, consumed);
    case FirstBytes::kStun:
    case FirstBytes::kIceTcp:
    case FirstBytes::kHttp: {
      if (!context_.options.tls_required || tls) return hand_over(kind, consumed);
      auto& counter = context_.counters.rejected_plain;
      return connection_.proxied ? reject_proxied(counter, kPlainWhereTlsIsRequired) : reject(counter);
    }
    case FirstBytes::kProxyV1:
    case FirstBytes::kProxyV2:
      return reject_proxied(context_.counters.rejected_proxy_untrusted, kStrangersHeader);
    default:
      return reject(rejection_of(kind));
  }
}

size_t Greeting::await_tls(base::Bytes first_bytes, size_t consumed) {
  if (!context_.tls) return reject(context_.counters.rejected_tls_unavailable);
  const TlsHello hello = find_tls_hello(first_bytes);
  if (hello == TlsHello::kNone) return reject(context_.counters.closed_tls_failed);
  connection_.stream->set_limits(kLongestTlsHello, kStrangerBytes);
  if (hello == TlsHello::kNeedMore) return consumed;
  connection_.stream->pause_reading();
  context_.handshakes.wait(*this, connection_.client.ip);
  return consumed;
}

void Greeting::begin_handshake() {
  Stream& stream = *connection_.stream;
  connection_.transport = StreamTransport::kTls;
  stream.set_limits(kStrangerBytes, kStrangerBytes);
  stream.resume_reading();
  stream.start_tls(*context_.tls);
}

void Greeting::give_up_handshake() { reject(context_.counters.closed_handshake_crowded); }

size_t Greeting::hand_over(FirstBytes kind, size_t consumed) {
  connection_.stream->detach(consumed);
  connection_.stream->clear_deadline();
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

size_t Greeting::reject_proxied(base::Counter& counter, std::string_view reason) {
  auto& last = context_.last_proxy_fault;
  last = ProxyFault{peer_, reason, connection_.accepted_at, last ? last->times + 1 : 1};
  return reject(counter);
}

void Greeting::on_tls_established(Stream&) {
  context_.counters.tls_established.add();
  context_.handshakes.end(*this);
}

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

void Greeting::leave() {
  context_.handshakes.end(*this);
  context_.open.erase(place_);
}

}  // namespace net

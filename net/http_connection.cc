#include "net/http_connection.h"

#include <algorithm>
#include <utility>

#include "net/event_loop.h"
#include "net/http_writer.h"
#include "net/stream_group.h"

namespace net {
namespace {

// What a client may send ahead while its last request is being answered. More stays in the kernel.
constexpr size_t kPipelinedBytes = 16 * 1024;
constexpr size_t kLargestPiece = 16 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

HttpConnection::HttpConnection(HttpServer& server, Accepted accepted)
    : server_(&server),
      stream_(std::move(accepted.stream)),
      client_(accepted.client),
      server_endpoint_(accepted.server),
      secure_(accepted.transport == StreamTransport::kTls || accepted.client_uses_tls),
      proxied_(accepted.proxied),
      parser_(server.options_.limits) {}

void HttpConnection::start(std::list<std::shared_ptr<HttpConnection>>::iterator place) {
  place_ = place;
  set_deadline(server_->options_.idle_timeout);
  stream_->attach(server_->group_, *this);
}

size_t HttpConnection::on_bytes(Stream&, base::MutableBytes received) {
  const auto self = shared_from_this();
  in_on_bytes_ = true;
  consumed_ = 0;
  while (state_ == State::kReading && consumed_ < received.size()) {
    if (!read_request(base::Bytes(received).subspan(consumed_))) break;
  }
  in_on_bytes_ = false;
  if (state_ == State::kGone) return 0;
  const bool ahead = state_ != State::kReading && received.size() - consumed_ > kPipelinedBytes;
  if (ahead && state_ != State::kFinishing) stream_->pause_reading();
  return consumed_;
}

bool HttpConnection::read_request(base::Bytes received) {
  if (!request_begun_) set_deadline(server_->options_.request_timeout);
  request_begun_ = true;
  const auto used = parser_.feed(received);
  if (!used) {
    server_->counters_.malformed.add();
    refuse(used.error().status, used.error().detail);
    return false;
  }
  consumed_ += *used;
  if (parser_.expects_continue() && !std::exchange(continue_sent_, true)) {
    stream_->send(base::as_bytes(kContinue), Priority::kControl);
  }
  if (!parser_.is_done()) return false;
  dispatch(parser_.take());
  return true;
}

void HttpConnection::dispatch(HttpRequest request) {
  request.client = client_;
  request.server = server_endpoint_;
  request.secure = secure_;
  request.proxied = proxied_;
  request.tells_scheme = secure_ || !proxied_;
  is_head_ = request.method == "HEAD";
  is_http_1_0_ = parser_.is_http_1_0();
  keep_alive_ = parser_.keeps_alive() && !server_->draining_;
  state_ = State::kAnswering;
  stream_->clear_deadline();
  server_->counters_.requests.add();
  HttpExchange exchange(shared_from_this());
  if (auto answer = answer_early(request, exchange)) {
    server_->router_.add_cors_headers(request, exchange);
    return exchange.respond(*std::move(answer));
  }
  lease_ = std::move(request.lease);
  server_->router_.route(std::move(request), std::move(exchange));
}

std::optional<HttpResponse> HttpConnection::answer_early(HttpRequest& request, const HttpExchange& exchange) {
  auto refusal = server_->guard_ ? server_->guard_(request, exchange) : std::nullopt;
  if (server_->admit_ && !server_->admit_(server_->group_.loop().steady_now(), request.client.ip)) {
    server_->counters_.over_budget.add();
    refusal = HttpResponse::problem(429, "too many requests from this address");
    refusal->headers.add("Retry-After", "1");
  }
  return refusal;
}

void HttpConnection::refuse(uint16_t status, std::string_view detail) {
  keep_alive_ = false;  // where the next request begins is anybody's guess
  is_head_ = false;
  state_ = State::kAnswering;
  respond(HttpResponse::problem(status, detail));
}

void HttpConnection::respond(HttpResponse response) {
  if (state_ != State::kAnswering) return;
  const auto self = shared_from_this();
  if (server_->draining_) keep_alive_ = false;
  count_answer(response.status);
  write_response(response, {is_head_, keep_alive_, is_http_1_0_}, outbox_);
  state_ = State::kWriting;
  set_deadline(server_->options_.write_timeout);
  write_outbox();
}

// The stream's queue is bounded and an answer is not: it goes out as the queue empties.
void HttpConnection::write_outbox() {
  while (!outbox_.empty()) {
    const size_t room = std::min({stream_->send_room(Priority::kControl), outbox_.size(), kLargestPiece});
    if (room > 0) {
      stream_->send(base::Bytes(outbox_.bytes()).first(room), Priority::kControl);
      outbox_.consume(room);
      continue;
    }
    stream_->flush();
    if (stream_->send_room(Priority::kControl) == 0) return;  // on_drained() or on_closed() follows
  }
  after_answer();
}

void HttpConnection::after_answer() {
  lease_.reset();
  if (!keep_alive_) {
    state_ = State::kFinishing;
    return stream_->finish(server_->group_.loop().steady_now() + server_->options_.linger);
  }
  state_ = State::kReading;
  parser_ = HttpParser(server_->options_.limits);
  request_begun_ = continue_sent_ = false;
  set_deadline(server_->options_.idle_timeout);
  if (in_on_bytes_) return;
  stream_->flush();
  stream_->pause_reading();  // and on again: what the client sent ahead comes now
  stream_->resume_reading();
}

std::unique_ptr<Stream> HttpConnection::take_over() {
  if (state_ != State::kAnswering) return nullptr;
  const auto self = shared_from_this();
  server_->counters_.taken_over.add();
  stream_->resume_reading();
  stream_->detach(in_on_bytes_ ? consumed_ : 0);
  stream_->clear_deadline();
  if (lease_) stream_->hold(std::move(lease_));
  auto stream = std::move(stream_);
  leave();
  return stream;
}

void HttpConnection::close_when_idle() {
  keep_alive_ = false;
  if (state_ != State::kReading || request_begun_) return;
  state_ = State::kFinishing;
  stream_->finish(server_->group_.loop().steady_now() + server_->options_.linger);
}

void HttpConnection::on_closed(Stream&, CloseReason) { leave(); }

void HttpConnection::on_drained(Stream&) {
  if (state_ != State::kWriting) return;
  set_deadline(server_->options_.write_timeout);
  write_outbox();
}

bool HttpConnection::on_deadline(Stream&) {
  if (state_ != State::kReading || !request_begun_) return false;
  server_->counters_.timed_out.add();
  refuse(408, "the request took too long to arrive");
  return true;
}

void HttpConnection::count_answer(uint16_t status) {
  auto& counters = server_->counters_;
  if (status >= 500) return counters.answers_5xx.add();
  if (status >= 400) return counters.answers_4xx.add();
  if (status >= 300) return counters.answers_3xx.add();
  counters.answers_2xx.add();
}

void HttpConnection::set_deadline(std::chrono::milliseconds from_now) {
  stream_->set_deadline(server_->group_.loop().steady_now() + from_now);
}

void HttpConnection::leave() {
  const auto self = shared_from_this();
  state_ = State::kGone;
  server_->connections_.erase(place_);
}

void HttpConnection::abandon() {
  state_ = State::kGone;
  stream_.reset();
}

}  // namespace net

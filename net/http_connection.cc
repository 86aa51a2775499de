#include "net/http_connection.h"

#include <algorithm>
#include <utility>

#include "net/event_loop.h"
#include "net/http_writer.h"
#include "net/stream_group.h"

namespace net {
namespace {

// What a client may send ahead while its last request is being answered. More stays in the kernel.
constexpr size_t kPipelinedBytes = kStrangerBytes / 2;
// Of an answer, given to the stream at once: what waits there of a client that does not read. OpenSSL keeps a
// copy.
constexpr size_t kLargestPiece = 4 * 1024;
constexpr size_t kLargestTlsPiece = 2 * 1024;
constexpr size_t kQueuedBytes = 2 * 1024;  // of small answers, before the stream is asked to write them
// Answered in one turn: whoever sends hundreds at once waits for the others in between.
constexpr int kRequestsPerTurn = 4;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

HttpConnection::HttpConnection(HttpServer& server, Accepted accepted)
    : server_(&server),
      stream_(std::move(accepted.stream)),
      client_(accepted.client),
      asker_(accepted.client),
      server_endpoint_(accepted.server),
      secure_(accepted.transport == StreamTransport::kTls || accepted.client_uses_tls),
      proxied_(accepted.proxied),
      parser_(server.options_.limits),
      large_(server.large_, accepted.client.ip) {}

void HttpConnection::start(std::list<std::shared_ptr<HttpConnection>>::iterator place) {
  place_ = place;
  set_deadline(server_->options_.idle_timeout);
  stream_->set_limits(kStrangerBytes, SIZE_MAX);  // of what it sends; what it reads is counted here
  stream_->attach(server_->group_, *this);
}

size_t HttpConnection::on_bytes(Stream&, base::MutableBytes received) {
  const auto self = shared_from_this();
  in_on_bytes_ = true;
  consumed_ = 0;
  for (int requests = 0; state_ == State::kReading && consumed_ < received.size(); ++requests) {
    if (requests == kRequestsPerTurn) {
      stream_->give_way();
      break;
    }
    if (!read_request(base::Bytes(received).subspan(consumed_))) break;
  }
  in_on_bytes_ = false;
  if (state_ == State::kGone) return 0;
  stream_->flush();
  if (state_ == State::kFinishing) return consumed_;
  unread_bytes_ = received.size() - consumed_;
  if (!keeps_bounds()) {
    refuse_for_room();
    return state_ == State::kGone ? 0 : received.size();
  }
  if (state_ != State::kReading && unread_bytes_ > kPipelinedBytes) stream_->pause_reading();
  return consumed_;
}

bool HttpConnection::keeps_bounds() {
  const size_t answer_bytes = stream_->held_bytes() + outbox_.size();
  const size_t held = unread_bytes_ + parser_.held_bytes() + request_bytes_ + answer_bytes;
  if (!large_.resize(held - std::min(held, kStrangerBytes))) return false;
  // A header section comes in one piece.
  const size_t header_bytes = server_->options_.limits.header_bytes;
  if (state_ == State::kReading && unread_bytes_ >= kStrangerBytes)
    stream_->set_limits(header_bytes + kStrangerBytes, SIZE_MAX);
  return true;
}

void HttpConnection::refuse_for_room() {
  if (state_ != State::kReading) return drop();
  server_->counters_.no_room.add();
  auto problem = HttpResponse::problem(503, "too many large requests at once");
  problem.headers.add("Retry-After", "1");
  refuse(std::move(problem));
}

void HttpConnection::drop() {
  server_->counters_.no_room.add();
  const auto self = shared_from_this();
  stream_->close();
  leave();
}

bool HttpConnection::read_request(base::Bytes received) {
  if (!request_begun_) set_deadline(server_->options_.request_timeout);
  request_begun_ = true;
  const auto used = parser_.feed(received);
  if (!used) {
    server_->counters_.malformed.add();
    refuse(HttpResponse::problem(used.error().status, used.error().detail));
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

// As the connection tells it; a proxy's fields may tell otherwise.
void HttpConnection::say_whose(HttpRequest& request) const {
  request.client = client_;
  request.server = server_endpoint_;
  request.secure = secure_;
  request.proxied = proxied_;
  request.tells_scheme = secure_ || !proxied_;
}

void HttpConnection::dispatch(HttpRequest request) {
  say_whose(request);
  is_head_ = request.method == "HEAD";
  is_http_1_0_ = parser_.is_http_1_0();
  keep_alive_ = parser_.keeps_alive() && !server_->draining_;
  request_bytes_ = parser_.held_bytes() + request.body.capacity();
  parser_ = HttpParser(server_->options_.limits);
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
  asker_ = request.client;
  const auto now = server_->group_.loop().steady_now();
  const bool is_fixed = server_->router_.is_fixed(request);
  if (!server_->admit_ || server_->admit_(now, request.client.ip, is_fixed)) return refusal;
  server_->counters_.over_budget.add();
  // Who does not mind would keep us refusing. A proxy's connection is not the client's.
  if (request.client.ip == client_.ip) keep_alive_ = false;
  return HttpResponse::problem(429, kTooManyRequests);
}

// Who asks for what there is not is told so, and refused nothing.
void HttpConnection::note_refusal(const HttpResponse& response) {
  const bool is_refusal = response.status >= 400 && response.status != 404 && response.status != 405;
  if (is_refusal && server_->refused_) server_->refused_(asker_, response.status, response.refused_because);
}

void HttpConnection::refuse(HttpResponse problem) {
  asker_ = client_;
  keep_alive_ = false;  // where the next request begins is anybody's guess
  is_head_ = false;
  state_ = State::kAnswering;
  const HttpExchange exchange(shared_from_this());
  if (const auto* const known = parser_.known()) add_headers_for(*known, exchange);
  exchange.respond(std::move(problem));
}

// Of a request that is refused already: whose it is, and what lets a page of another site read why.
void HttpConnection::add_headers_for(HttpRequest request, const HttpExchange& exchange) {
  say_whose(request);
  if (server_->guard_) (void)server_->guard_(request, exchange);
  asker_ = request.client;
  server_->router_.add_cors_headers(request, exchange);
}

void HttpConnection::respond(HttpResponse response) {
  if (state_ != State::kAnswering) return;
  const auto self = shared_from_this();
  if (server_->draining_) keep_alive_ = false;
  count_answer(response.status);
  note_refusal(response);
  if (response.status == 429 && !response.headers.find("Retry-After"))
    response.headers.add("Retry-After", "1");
  write_response(response, {is_head_, keep_alive_, is_http_1_0_}, outbox_);
  if (!is_head_) fixed_rest_ = response.fixed_body;
  request_bytes_ = 0;
  state_ = State::kWriting;
  set_deadline(server_->options_.write_timeout);
  write_outbox();
}

base::Bytes HttpConnection::next_piece() const {
  const base::Bytes rest = outbox_.empty() ? base::as_bytes(fixed_rest_) : base::Bytes(outbox_.bytes());
  return rest.first(std::min(rest.size(), secure_ ? kLargestTlsPiece : kLargestPiece));
}

// As the stream takes it: what a client does not read is not copied either.
void HttpConnection::write_outbox() {
  for (auto piece = next_piece(); !piece.empty(); piece = next_piece()) {
    if (stream_->queued_bytes() >= kQueuedBytes) stream_->flush();
    if (stream_->queued_bytes() >= kQueuedBytes) {  // on_drained() or on_closed() follows
      if (in_on_bytes_ || keeps_bounds()) return;
      return drop();
    }
    if (!stream_->send(piece, Priority::kControl)) return;  // closed: on_closed() follows
    if (outbox_.empty()) {
      fixed_rest_.remove_prefix(piece.size());
    } else {
      outbox_.consume(piece.size());
    }
  }
  after_answer();
}

void HttpConnection::after_answer() {
  lease_.reset();
  if (!keep_alive_) {
    state_ = State::kFinishing;
    (void)large_.resize(0);
    return stream_->finish(server_->group_.loop().steady_now() + server_->options_.linger);
  }
  state_ = State::kReading;
  request_begun_ = continue_sent_ = false;
  set_deadline(server_->options_.idle_timeout);
  if (in_on_bytes_) return;
  stream_->flush();
  if (!keeps_bounds()) return drop();
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
  const auto self = shared_from_this();
  set_deadline(server_->options_.write_timeout);
  write_outbox();
}

bool HttpConnection::on_deadline(Stream&) {
  if (state_ != State::kReading || !request_begun_) return false;
  server_->counters_.timed_out.add();
  refuse(HttpResponse::problem(408, "the request took too long to arrive"));
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

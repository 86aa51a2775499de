#include "signaling/dialects/ice_test.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

#include "net/event_loop.h"
#include "net/stream.h"
#include "net/stream_group.h"
#include "signaling/dialects/ice_test_json.h"
#include "signaling/dialects/requests.h"
#include "signaling/dialects/uuid.h"

namespace signaling::dialects {
namespace {

using net::HttpResponse;

constexpr UserId kRealm{-2};
constexpr size_t kMaxReceivers = 1000;
constexpr std::chrono::seconds kQuiet{120};  // as its server
constexpr std::chrono::seconds kLinger{2};

// Proxies pass on what is chunked as it comes, if nginx is asked to (X-Accel-Buffering). For HTTP/1.0 the end
// of the connection is the end of the answer (RFC 9112 §6.3).
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\nConnection: close\r\n";
constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string head_of(bool chunked, const net::HttpHeaders& more) {
  std::string head(kHead);
  if (chunked) head += kChunked;
  for (const auto& [name, value] : more.fields()) head.append(name).append(": ").append(value).append("\r\n");
  return head + "\r\n";
}

std::string chunk_of(std::string_view text) {
  std::array<char, 2 * sizeof(size_t)> hex;
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), text.size(), 16).ptr;
  return std::string(hex.data(), end).append("\r\n").append(text).append("\r\n");
}

// Besides one line of the largest message.
constexpr size_t kUnreadBytes = 192 * 1024;

// All senders share one connection to the hub. Each is held back by limits.http_requests_per_second.
RealmOptions realm_options(size_t message_bytes) {
  RealmOptions options;
  options.queue.bytes = std::max(options.queue.bytes, 2 * message_bytes);
  options.rates = {.messages_per_second = 2000,
                   .burst_messages = 10'000,
                   .bytes_per_second = 16 * 1024 * 1024,
                   .burst_bytes = std::max<uint64_t>(64 * 1024 * 1024, 2 * message_bytes)};
  return options;
}

}  // namespace

// An answer that does not end.
class IceTestDialect::Receiver final : private net::StreamHandler, private Line {
 public:
  Receiver(IceTestDialect& dialect, std::unique_ptr<net::Stream> stream, bool chunked)
      : dialect_(dialect), stream_(std::move(stream)), chunked_(chunked) {}
  ~Receiver() { leave(); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void start(std::list<Receiver>::iterator place, std::string name, const net::HttpHeaders& headers) {
    place_ = place;
    stream_->set_send_queue_bytes(kUnreadBytes + 2 * dialect_.options_.message_bytes);
    stream_->attach(dialect_.group_, *this);
    send(head_of(chunked_, headers));
    connection_ = dialect_.switchboard_.attach(
        *this, {.who = Ephemeral{.realm = kRealm, .name = std::move(name), .kind = {}, .secret = {}},
                .keeps_history = false});
    if (is_finished_) leave();
  }
  void finish() {
    if (chunked_) send(kLastChunk);
    is_finished_ = true;
    leave();
    stream_->finish(dialect_.switchboard_.now() + kLinger);
  }

 private:
  void say(std::string_view text) { send(chunked_ ? chunk_of(text) : std::string(text)); }
  void send(std::string_view text) {
    if (is_finished_ || is_full_) return;
    stream_->set_deadline(dialect_.switchboard_.now() + kQuiet);
    is_full_ = !stream_->send(base::as_bytes(text), net::Priority::kControl);
    stream_->flush();
    // Not now: the hub is at work. Whoever reads so slowly is let go in the loop's next round.
    if (is_full_) stream_->set_deadline(dialect_.switchboard_.now());
  }
  void leave() {
    if (connection_) dialect_.switchboard_.detach(*std::exchange(connection_, std::nullopt), Ending::kClean);
  }

  size_t on_bytes(net::Stream&, base::MutableBytes received) override { return received.size(); }
  void on_closed(net::Stream&, net::CloseReason) override { dialect_.receivers_.erase(place_); }
  bool on_deadline(net::Stream&) override {
    if (is_finished_) return false;
    finish();
    return true;
  }

  void on_welcome(const Welcome&) override {}
  void on_relayed(const Relayed& relayed) override { say(relayed.message->body); }
  [[nodiscard]] bool can_take(size_t body_bytes) override {
    return !is_finished_ && !is_full_ && stream_->send_room(net::Priority::kControl) >= body_bytes;
  }
  void on_receipt(const Receipt&) override {}
  void on_peer_update(const PeerUpdate&) override {}
  void on_refused(const Refused&) override {}
  void on_close(const Close&) override {
    connection_.reset();
    finish();
  }

  IceTestDialect& dialect_;
  std::unique_ptr<net::Stream> stream_;
  std::list<Receiver>::iterator place_;
  std::optional<ConnectionId> connection_;  // while the hub knows us
  const bool chunked_;
  bool is_finished_ = false;
  bool is_full_ = false;
};

// What everybody sends through, under a name that nobody can guess.
class IceTestDialect::Postbox final : private Line {
 public:
  Postbox(Switchboard& switchboard, base::RandomSource& random)
      : switchboard_(switchboard), name_(make_uuid(random)), secret_(make_uuid(random)) {}
  ~Postbox() {
    if (connection_) switchboard_.detach(*connection_, Ending::kClean);
  }
  Postbox(const Postbox&) = delete;
  Postbox& operator=(const Postbox&) = delete;

  // 200, or why not.
  [[nodiscard]] int send(Outgoing&& message) {
    outcome_ = 200;
    if (!connection_) {
      const auto connection = switchboard_.attach(
          *this, {.who = Ephemeral{.realm = kRealm, .name = name_, .kind = {}, .secret = secret_},
                  .keeps_history = false});
      if (outcome_ == 200) connection_ = connection;
    }
    if (connection_) switchboard_.send(*connection_, std::move(message));
    return outcome_;
  }

 private:
  void on_welcome(const Welcome&) override {}
  void on_relayed(const Relayed&) override {}
  void on_receipt(const Receipt&) override {}
  void on_peer_update(const PeerUpdate&) override {}
  // Where nothing waits, a queue is full when its receiver has just been let go: it left too much unread.
  void on_refused(const Refused& refused) override {
    outcome_ = refused.code == kErrorQueueFull ? kErrorNoSuchPeer : refused.code;
  }
  void on_close(const Close&) override {
    connection_.reset();
    outcome_ = 503;
  }

  Switchboard& switchboard_;
  std::string name_, secret_;
  std::optional<ConnectionId> connection_;
  int outcome_ = 200;
};

IceTestDialect::IceTestDialect(net::StreamGroup& group, Switchboard& switchboard, base::RandomSource& random,
                               const IceTestOptions& options, net::OriginPolicy origins)
    : group_(group),
      switchboard_(switchboard),
      options_(options),
      cors_{.origins = std::move(origins)},
      postbox_(std::make_unique<Postbox>(switchboard, random)) {
  switchboard_.open_realm(kRealm, realm_options(options_.message_bytes));
}

IceTestDialect::~IceTestDialect() = default;

bool IceTestDialect::admit(const net::HttpRequest& request, const net::HttpExchange& exchange) const {
  if (!options_.on) {
    exchange.respond(HttpResponse::problem(404));
  } else if (!cors_.origins.allows(request)) {
    exchange.respond(net::refuse_origin(request));
  } else {
    return true;
  }
  return false;
}

void IceTestDialect::refuse(const net::HttpExchange& exchange, const Refusal& refusal) {
  if (refusal.code == 400) counters_.bad_messages.add();
  exchange.respond(HttpResponse::problem(static_cast<uint16_t>(refusal.code), refusal.text));
}

void IceTestDialect::receive(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  if (!admit(request, exchange)) return;
  if (request.method == "HEAD")
    return exchange.respond(HttpResponse::problem(405, "the answer has no end; only GET can ask for it"));
  auto name = read_receiver_id(request);
  if (!name) return refuse(exchange, name.error());
  if (receivers_.size() >= kMaxReceivers)
    return exchange.respond(HttpResponse::problem(503, "too many receive at once; try again later"));
  auto stream = exchange.take_over();
  if (!stream) return;
  counters_.received.add();
  receivers_.emplace_front(*this, std::move(stream), !request.is_http_1_0);
  receivers_.front().start(receivers_.begin(), *std::move(name), cors_.headers_for(request));
}

void IceTestDialect::send(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  if (!admit(request, exchange)) return;
  auto message = read_ice_test_message(request.body, options_.message_bytes);
  if (!message) return refuse(exchange, message.error());
  const int outcome = postbox_->send(std::move(*message));
  if (outcome == 200) {
    counters_.sent.add();
    return exchange.respond(HttpResponse{});
  }
  if (outcome == kErrorNoSuchPeer) counters_.not_found.add();
  exchange.respond(HttpResponse::problem(
      static_cast<uint16_t>(outcome),
      outcome == kErrorNoSuchPeer ? "recipient not found" : "too much at once; try again later"));
}

void IceTestDialect::change_options(const IceTestOptions& options, net::OriginPolicy origins) {
  options_ = options;
  cors_.origins = std::move(origins);
  switchboard_.open_realm(kRealm, realm_options(options_.message_bytes));
  if (!options_.on) close_all();
}

void IceTestDialect::close_all() {
  for (auto& receiver : receivers_) receiver.finish();
}

}  // namespace signaling::dialects

#include "signaling/dialects/websocket.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/fetch_ahead.h"
#include "net/stream_group.h"
#include "signaling/rate.h"

namespace signaling::dialects {
namespace {

// A client that sends nonsense only is no client. Each understood message takes one off.
constexpr int kBadMessagesInARow = 64;

constexpr int kTooLarge = 413;
// Who is not let in yet has nothing to say.
constexpr uint64_t kMessagesOfStrangers = 16;
// Of a message: a client that is sent much says it often.
constexpr double kWeightOfSeen = 1.0 / 16;
constexpr std::chrono::seconds kLongestWait{10};  // well below what a connection may be silent
// Around a relayed body: names of 256 octets at most, each octet six when escaped, fingerprint and numbers.
constexpr size_t kEnvelopeBytes = 2048;
constexpr std::string_view kRevokedText = "the token was revoked or has expired; ask for another";

}  // namespace

class WebSocketDialect::Client final : public net::WebSocketHandler, private Line, public base::TimerLink {
 public:
  Client(WebSocketDialect& dialect, const Pass& pass)
      : dialect_(dialect), pass_(pass), max_message_(dialect.server_.options().limits.message_bytes) {
    dialect_.clients_.emplace(pass_.peer, this);
  }
  ~Client() override {
    leave(Ending::kBroken);
    const auto [first, last] = dialect_.clients_.equal_range(pass_.peer);
    dialect_.clients_.erase(
        std::find_if(first, last, [this](const auto& one) { return one.second == this; }));
    std::erase_if(dialect_.held_, [this](const auto& held) { return held.second == this; });
  }

  // Reads on, if it had to wait.
  void let_go() {
    if (socket_) socket_->let_go();
  }
  void enter(net::WebSocket& socket, const Attach& attach) {
    socket_ = &socket;
    const auto connection = dialect_.switchboard_.attach(*this, attach);
    if (socket_ && !refused_) connection_ = connection;
  }
  // The peer whose session this connection has, if what let it in is good no more.
  [[nodiscard]] std::optional<PeerId> revoked_peer() const {
    if (!connection_ || dialect_.gate_.is_good(pass_)) return std::nullopt;
    return pass_.peer;
  }
  void tell_verified(std::string_view text) {
    if (self_ && socket_ && self_->verified) socket_->send(text);
  }
  void push_ice_servers() {
    if (!self_ || !socket_) return;
    const auto servers = renew_ice_servers();
    socket_->send(ice_servers_json(servers.json, servers.ttl));
  }

  void on_message(net::WebSocket&, std::string_view text) override {
    if (!connection_) return;
    auto message = dialect_.reader_.read(text);
    const bool is_seen = message && std::holds_alternative<Seen>(*message);
    keep_pace(text.size(), is_seen ? kWeightOfSeen : 1);
    if (!message) return complain({kErrorBadRequest, message.error().text, message.error().id});
    bad_messages_ = std::max(0, bad_messages_ - 1);
    if (const auto* seen = std::get_if<Seen>(&*message))
      return dialect_.switchboard_.confirm(*connection_, seen->n);
    dialect_.switchboard_.send(*connection_, std::move(std::get<Outgoing>(*message)));
  }
  void on_too_large(net::WebSocket&, uint64_t) override {
    keep_pace(0, 1);
    complain(
        {kTooLarge, "the message is larger than signaling.max_message; send less at once", std::nullopt});
  }
  void on_closed(net::WebSocket&, const net::WebSocketEnd& end) override {
    socket_ = nullptr;
    leave(end.clean && is_farewell(end.code) ? Ending::kClean : Ending::kBroken);
  }
  [[nodiscard]] bool fetch_ahead(unsigned step) const override {
    if (step == 0) return base::prefetch(*this);
    return connection_ && dialect_.switchboard_.fetch_ahead(*connection_, step - 1);
  }

 private:
  // A client that closes for reasons of its own means to go; any other comes back.
  static bool is_farewell(net::WebSocketCode code) {
    return code == net::WebSocketCode::kNormal || code == net::WebSocketCode::kGoingAway;
  }
  void leave(Ending ending) {
    if (connection_) dialect_.switchboard_.detach(*std::exchange(connection_, std::nullopt), ending);
  }
  // Whatever it sends, each message counts, and who sends faster than the hub's limits is not read until it
  // is within them again: nothing is lost, and nothing need be answered.
  void keep_pace(size_t bytes, double weight) {
    auto limits = dialect_.switchboard_.hub().options().rates;
    if (!self_) limits.burst_messages = kMessagesOfStrangers;
    const auto now = dialect_.switchboard_.now();
    pace_.take(now, bytes, limits, weight);
    wait(pace_.wait(now, limits));
  }
  void wait(std::chrono::nanoseconds time) {
    if (time <= std::chrono::nanoseconds(0) || !socket_) return;
    socket_->hold();
    dialect_.let_go_later(
        *this, dialect_.switchboard_.now() + std::min<std::chrono::nanoseconds>(time, kLongestWait));
  }
  void complain(const Refused& refused) {
    dialect_.counters_.bad_messages.add();
    if (!socket_) return;
    socket_->send(error_json(refused));
    if (++bad_messages_ >= kBadMessagesInARow)
      socket_->close(net::WebSocketCode::kPolicy, "too many messages that are none");
  }
  IceServers renew_ice_servers() {
    auto servers = dialect_.gate_.ice_servers_for(pass_);
    dialect_.ice_servers_.arm(*this, dialect_.switchboard_.now() + servers.ttl * 3 / 4);
    dialect_.ice_servers_timer_.arm_or_disarm(dialect_.ice_servers_.poll_timeout());
    return servers;
  }

  void on_welcome(const Welcome& welcome) override {
    self_ = welcome.self;
    const auto servers = renew_ice_servers();
    socket_->send(welcome_json(welcome, servers.json, servers.ttl, max_message_));
  }
  void on_relayed(const Relayed& relayed) override {
    write_relayed_json(dialect_.writing_, relayed);
    socket_->send(dialect_.writing_);
  }
  void on_receipt(const Receipt& receipt) override { socket_->send(receipt_json(receipt)); }
  void on_peer_update(const PeerUpdate& update) override {
    if (self_ && update.peer->id == self_->id) self_ = update.peer;
    socket_->send(peer_update_json(update));
  }
  void on_refused(const Refused& refused) override {
    socket_->send(error_json(refused));
    wait(refused.retry_after);  // its peer was too fast over another connection
  }
  void on_close(const Close& close) override {
    refused_ = true;
    connection_.reset();
    socket_->close(net::WebSocketCode{close.code}, close.text);
  }
  [[nodiscard]] bool can_take(size_t body_bytes) override {
    return socket_ && socket_->make_room(body_bytes + kEnvelopeBytes);
  }
  [[nodiscard]] bool fetch_sending(unsigned step) const override {
    if (step == 0) return base::prefetch(*this);
    return socket_ && socket_->fetch_sending(step - 1);
  }

  WebSocketDialect& dialect_;
  const Pass pass_;
  const size_t max_message_;
  net::WebSocket* socket_ = nullptr;
  std::optional<ConnectionId> connection_;  // while the hub knows us
  PeerRef self_;                            // once welcomed
  MessageRate pace_;
  int bad_messages_ = 0;
  bool refused_ = false;
};

WebSocketDialect::WebSocketDialect(net::EventLoop& loop, net::StreamGroup& group, Switchboard& switchboard,
                                   Gate& gate, const net::WebSocketOptions& options,
                                   net::OriginPolicy origins)
    : loop_(loop),
      switchboard_(switchboard),
      gate_(gate),
      origins_(std::move(origins)),
      ice_servers_(loop.steady_now()),
      ice_servers_timer_(loop, [this] { push_ice_servers(); }),
      held_timer_(loop, [this] { let_go(); }),
      server_(group, options) {}

WebSocketDialect::~WebSocketDialect() = default;

void WebSocketDialect::serve(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  auto asked = read_websocket_request(request);
  if (!asked) return refuse(exchange, {static_cast<uint16_t>(asked.error().code), asked.error().text});
  // Before the gate: it binds the certificate of whoever shows a token.
  if (!server_.admits(request, exchange, origins_)) return;
  const auto showing = asked->showing;
  gate_.admit(showing, [this, request, exchange,
                        asked = *std::move(asked)](const std::expected<Pass, Denial>& admitted) {
    if (!admitted) return refuse(exchange, admitted.error());
    open(request, asked, exchange, *admitted);
  });
}

void WebSocketDialect::refuse(const net::HttpExchange& exchange, const Denial& denial) {
  counters_.refused.add();
  auto response = net::HttpResponse::problem(denial.status, denial.text);
  if (denial.retry_after > std::chrono::seconds(0))
    response.headers.add("Retry-After", std::to_string(denial.retry_after.count()));
  exchange.respond(std::move(response));
}

void WebSocketDialect::open(const net::HttpRequest& request, const WebSocketRequest& asked,
                            const net::HttpExchange& exchange, const Pass& pass) {
  auto made = std::make_unique<Client>(*this, pass);
  Client& client = *made;
  auto* socket = server_.upgrade(request, exchange, origins_, asked.subprotocol, std::move(made));
  if (!socket) return;
  client.enter(*socket, {.who = pass.peer, .resume = asked.resume, .confirms = asked.confirms});
}

void WebSocketDialect::push_ice_servers() {
  ice_servers_.expire(loop_.steady_now(),
                      [](base::TimerLink& link) { static_cast<Client&>(link).push_ice_servers(); });
  ice_servers_timer_.arm_or_disarm(ice_servers_.poll_timeout());
}

void WebSocketDialect::let_go_later(Client& client, base::TimePoint when) {
  held_.emplace(when, &client);
  held_timer_.arm(held_.begin()->first);
}

void WebSocketDialect::let_go() {
  const auto now = loop_.steady_now();
  while (!held_.empty() && held_.begin()->first <= now) held_.extract(held_.begin()).mapped()->let_go();
  if (!held_.empty()) held_timer_.arm(held_.begin()->first);
}

std::vector<PeerId> WebSocketDialect::end_revoked() {
  std::vector<PeerId> revoked;
  for (const auto& [id, client] : clients_) {
    if (const auto peer = client->revoked_peer()) revoked.push_back(*peer);
  }
  for (const auto peer : revoked) switchboard_.end_session(peer, kCloseRevoked, kRevokedText);
  return revoked;
}

bool WebSocketDialect::end_revoked(PeerId peer) {
  const auto [first, last] = clients_.equal_range(peer);
  const bool revoked =
      std::any_of(first, last, [](const auto& one) { return one.second->revoked_peer().has_value(); });
  if (revoked) switchboard_.end_session(peer, kCloseRevoked, kRevokedText);
  return revoked;
}

void WebSocketDialect::tell_verified(PeerId peer, std::string_view text) {
  const auto [first, last] = clients_.equal_range(peer);
  for (const auto& [id, client] : std::ranges::subrange(first, last)) client->tell_verified(text);
}

void WebSocketDialect::refresh_ice_servers() {
  for (const auto& [id, client] : clients_) client->push_ice_servers();
}

}  // namespace signaling::dialects

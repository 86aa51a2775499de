#include "signaling/dialects/peerjs.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "net/stream_group.h"
#include "net/utf8.h"
#include "signaling/dialects/uuid.h"

namespace signaling::dialects {
namespace {

constexpr UserId kRealm{-1};
constexpr size_t kMaxNameBytes = 256;  // of an id and of a token; the hub's bound of a target
// A client that sends nonsense only is no client. Each understood message takes one off.
constexpr int kBadMessagesInARow = 64;

// Its server's texts, which applications may know.
constexpr std::string_view kIncomplete = "No id, token, or key supplied to websocket server";
constexpr std::string_view kWrongKey = "Invalid key provided";
constexpr std::string_view kIdTaken = "ID is taken";
constexpr std::string_view kFull = "Server has reached its concurrent user limit";
constexpr std::string_view kBadName = "The id and the token must be UTF-8 of at most 256 octets";
constexpr std::string_view kTooFast = "Too many messages";
constexpr std::string_view kTooLarge = "The message is larger than the server takes";
constexpr std::string_view kNonsense = "Too many messages that are none";

constexpr std::string_view kInfo =
    R"({"name":"PeerJS Server","description":"icebox brokers connections between PeerJS clients.",)"
    R"("website":"https://peerjs.com/"})";

// Offers and candidates of several callers, for as long as its own server keeps them.
RealmOptions realm_options(size_t message_bytes) {
  RealmOptions options{.queue = {.messages = 256, .bytes = 256 * 1024, .age = std::chrono::seconds(5)},
                       .queue_for_absent = true,
                       .queue_expires_whole = true};
  options.queue.bytes = std::max(options.queue.bytes, 2 * message_bytes);
  // There is no telling a client to slow down: who is called by a hundred at once may answer them all.
  options.rates = {.messages_per_second = 100,
                   .burst_messages = 2000,
                   .bytes_per_second = 1024 * 1024,
                   .burst_bytes = std::max<uint64_t>(8 * 1024 * 1024, 2 * message_bytes)};
  return options;
}

bool is_name(std::string_view text) {
  return text.size() <= kMaxNameBytes && net::is_utf8(base::as_bytes(text));
}

MessageKind kind_of(PeerJsType type) {
  switch (type) {
    case PeerJsType::kOffer:
      return MessageKind::kOffer;
    case PeerJsType::kAnswer:
      return MessageKind::kAnswer;
    case PeerJsType::kCandidate:
      return MessageKind::kCandidate;
    default:
      return MessageKind::kOther;
  }
}

bool is_websocket_path(std::string_view path) { return path == "/peerjs/peerjs" || path == "/peerjs"; }

}  // namespace

class PeerJsDialect::Client final : public net::WebSocketHandler, private Line {
 public:
  explicit Client(PeerJsDialect& dialect) : dialect_(dialect) { dialect_.clients_.insert(this); }
  ~Client() override {
    leave();
    dialect_.clients_.erase(this);
  }

  void enter(net::WebSocket& socket, std::string id, std::string token, std::string_view key) {
    socket_ = &socket;
    id_ = std::move(id);
    if (id_.empty() || token.empty() || key.empty()) return refuse(kIncomplete);
    if (!dialect_.is_key(key)) return refuse(kWrongKey);
    if (!is_name(id_) || !is_name(token)) return refuse(kBadName);
    const bool comes_again = dialect_.switchboard_.hub().is_connected(kRealm, id_);
    if (!comes_again && dialect_.connections() > dialect_.options_.clients) return refuse(kFull);
    connection_ = dialect_.switchboard_.attach(
        *this, {.who = Ephemeral{.realm = kRealm, .name = id_, .kind = {}, .secret = std::move(token)},
                .keeps_history = false});
    if (!is_open_) leave();
  }
  void close(net::WebSocketCode code, std::string_view reason) {
    leave();
    if (socket_) socket_->close(code, reason);
  }

  void on_message(net::WebSocket&, std::string_view text) override { handle(text); }
  void on_binary(net::WebSocket&, base::Bytes payload) override { handle(base::as_text(payload)); }
  void on_too_large(net::WebSocket&, uint64_t) override {
    dialect_.counters_.bad_messages.add();
    refuse(kTooLarge, net::WebSocketCode::kTooBig);
  }
  void on_closed(net::WebSocket&, const net::WebSocketEnd&) override {
    socket_ = nullptr;
    leave();
  }

 private:
  void leave() {
    if (connection_) dialect_.switchboard_.detach(*std::exchange(connection_, std::nullopt), Ending::kClean);
  }
  // A client gives up its connection to the server when it hears ERROR.
  void refuse(std::string_view why, net::WebSocketCode code = net::WebSocketCode::kPolicy) {
    dialect_.counters_.refused.add();
    if (socket_) socket_->send(peerjs_refusal_json("ERROR", why));
    close(code, why);
  }

  void handle(std::string_view text) {
    if (!connection_) return;
    auto message = dialect_.reader_.read(text);
    if (!message) {
      dialect_.counters_.bad_messages.add();
      if (++bad_messages_ >= kBadMessagesInARow) refuse(kNonsense);
      return;
    }
    bad_messages_ = std::max(0, bad_messages_ - 1);
    relay(std::move(*message));
  }
  void relay(PeerJsMessage message) {
    switch (message.type) {
      case PeerJsType::kHeartbeat:
        return;
      case PeerJsType::kLeave:
        if (message.dst.empty()) return close(net::WebSocketCode::kNormal, "left");
        // Not for whoever comes later.
        if (!dialect_.switchboard_.hub().is_connected(kRealm, message.dst)) return;
        break;
      case PeerJsType::kOther:
        return dialect_.counters_.ignored.add();
      default:
        if (message.dst.empty()) return dialect_.counters_.ignored.add();
    }
    sending_ = &message;
    too_fast_ = false;
    dialect_.switchboard_.send(*connection_, {.target = message.dst,
                                              .kind = kind_of(message.type),
                                              .body = std::move(message.payload),
                                              .id = std::nullopt});
    sending_ = nullptr;
    if (too_fast_) refuse(kTooFast);
  }
  void expire(std::string_view src) {
    dialect_.counters_.expired.add();
    socket_->send(peerjs_expire_json(src, id_));
  }

  void on_welcome(const Welcome&) override {
    is_open_ = true;
    dialect_.counters_.opened.add();
    socket_->send(peerjs_open_json());
  }
  void on_relayed(const Relayed& relayed) override {
    write_peerjs_json(dialect_.writing_, *relayed.message);
    socket_->send(dialect_.writing_);
  }
  void on_receipt(const Receipt& receipt) override {
    if (receipt.status == ReceiptStatus::kNotDelivered) expire(receipt.target->name);
  }
  void on_peer_update(const PeerUpdate&) override {}
  void on_refused(const Refused& refused) override {
    if (!is_open_) {
      dialect_.counters_.ids_taken.add();
      socket_->send(peerjs_refusal_json("ID-TAKEN", kIdTaken));
      socket_->close(net::WebSocketCode::kPolicy, kIdTaken);
    } else if (refused.code == kErrorTooMuch) {
      too_fast_ = true;
    } else if (sending_ && sending_->type != PeerJsType::kLeave) {
      expire(sending_->dst);
    }
  }
  void on_close(const Close& close) override {
    connection_.reset();
    if (!is_open_) {
      dialect_.counters_.refused.add();
      socket_->send(peerjs_refusal_json("ERROR", kFull));
    }
    socket_->close(net::WebSocketCode{close.code}, close.text);
  }

  PeerJsDialect& dialect_;
  net::WebSocket* socket_ = nullptr;
  std::string id_;
  std::optional<ConnectionId> connection_;  // while the hub knows us
  const PeerJsMessage* sending_ = nullptr;  // while the hub has it
  int bad_messages_ = 0;
  bool is_open_ = false;
  bool too_fast_ = false;
};

PeerJsDialect::PeerJsDialect(net::StreamGroup& group, Switchboard& switchboard, base::RandomSource& random,
                             const net::WebSocketOptions& sockets, PeerJsOptions options,
                             net::OriginPolicy origins)
    : switchboard_(switchboard),
      random_(random),
      options_(std::move(options)),
      cors_{.origins = std::move(origins)},
      server_(group, sockets) {
  switchboard_.open_realm(kRealm, realm_options(sockets.limits.message_bytes));
}

PeerJsDialect::~PeerJsDialect() = default;

bool PeerJsDialect::is_key(std::string_view key) const {
  return base::equal_in_constant_time(base::as_bytes(key), base::as_bytes(std::string_view(options_.key)));
}

void PeerJsDialect::serve(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  if (options_.key.empty()) return exchange.respond(net::HttpResponse::problem(404));
  const bool is_upgrade = request.headers.has_token("Upgrade", "websocket");
  if (is_upgrade && is_websocket_path(request.path)) return open(request, exchange);
  exchange.add_headers(cors_.headers_for(request));
  exchange.respond(answer(request));
}

void PeerJsDialect::open(const net::HttpRequest& request, const net::HttpExchange& exchange) {
  auto made = std::make_unique<Client>(*this);
  Client& client = *made;
  auto* socket = server_.upgrade(request, exchange, cors_.origins, {}, std::move(made));
  if (!socket) return;
  client.enter(*socket, request.parameter("id").value_or(""), request.parameter("token").value_or(""),
               request.parameter("key").value_or(""));
}

// A client is told "/peerjs" as its path, or "/" and the key "peerjs". Then its paths are
//   /peerjs/  /peerjs/KEY/id  /peerjs/KEY/peers  /peerjs/peerjs (WebSocket), or
//             /peerjs/id      /peerjs/peers      /peerjs (WebSocket)
// which never are the same.
net::HttpResponse PeerJsDialect::answer(const net::HttpRequest& request) {
  using net::HttpResponse;
  if (request.path == "/peerjs" || request.path == "/peerjs/")
    return HttpResponse::json(200, std::string(kInfo));
  constexpr std::string_view kBegin = "/peerjs/";
  const auto slash = request.path.rfind('/');
  const auto what = std::string_view(request.path).substr(slash + 1);
  if (what != "id" && what != "peers") return HttpResponse::problem(404);
  const auto key = slash < kBegin.size()
                       ? std::string_view("peerjs")
                       : std::string_view(request.path).substr(kBegin.size(), slash - kBegin.size());
  if (!is_key(key)) return HttpResponse::problem(403, kWrongKey);
  if (what == "peers" && !options_.discovery)
    return HttpResponse::problem(
        401, "who is connected is not told; the operator may set signaling.peerjs_discovery");
  auto response = what == "peers"
                      ? HttpResponse::json(200, nlohmann::json(switchboard_.hub().names_in(kRealm)).dump())
                      : HttpResponse::text(200, make_uuid(random_));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

void PeerJsDialect::change_options(PeerJsOptions options, net::OriginPolicy origins) {
  const bool new_key = options.key != options_.key;
  options_ = std::move(options);
  cors_.origins = std::move(origins);
  if (!new_key) return;
  for (auto* client : clients_) client->close(net::WebSocketCode::kPolicy, "the key is another one now");
}

}  // namespace signaling::dialects

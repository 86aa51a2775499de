#include "signaling/dialects/peerjs_client.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/fetch_ahead.h"

namespace signaling::dialects {
namespace {

// A client that sends nonsense only is no client. Each understood message takes one off.
constexpr int kBadMessagesInARow = 64;

// Around a relayed body: two names of 256 octets at most, each octet six when escaped.
constexpr size_t kEnvelopeBytes = 4096;

// Its server's texts, which applications may know.
constexpr std::string_view kIdTaken = "ID is taken";
constexpr std::string_view kFull = "Server has reached its concurrent user limit";
constexpr std::string_view kTooFast = "Too many messages";
constexpr std::string_view kTooLarge = "The message is larger than the server takes";
constexpr std::string_view kNonsense = "Too many messages that are none";

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

}  // namespace

PeerJsDialect::Client::Client(PeerJsDialect& dialect) : dialect_(dialect) { dialect_.clients_.insert(this); }

PeerJsDialect::Client::~Client() {
  leave();
  dialect_.clients_.erase(this);
}

void PeerJsDialect::Client::enter(net::WebSocket& socket,
                                  const std::expected<PeerJsRequest, std::string_view>& asked) {
  socket_ = &socket;
  if (!asked) return refuse(asked.error());
  if (!dialect_.is_key(asked->key)) return refuse(kPeerJsWrongKey);
  id_ = asked->id;
  const bool comes_again = dialect_.switchboard_.hub().is_connected(kPeerJsRealm, id_);
  if (!comes_again && dialect_.connections() > dialect_.options_.clients) return refuse(kFull);
  connection_ = dialect_.switchboard_.attach(
      *this, {.who = Ephemeral{.realm = kPeerJsRealm, .name = id_, .kind = {}, .secret = asked->token},
              .keeps_history = false});
  if (!is_open_) leave();
}

void PeerJsDialect::Client::close(net::WebSocketCode code, std::string_view reason) {
  leave();
  if (socket_) socket_->close(code, reason);
}

void PeerJsDialect::Client::on_binary(net::WebSocket&, base::Bytes payload) {
  handle(base::as_text(payload));
}

void PeerJsDialect::Client::on_too_large(net::WebSocket&, uint64_t) {
  dialect_.counters_.bad_messages.add();
  refuse(kTooLarge, net::WebSocketCode::kTooBig);
}

void PeerJsDialect::Client::on_closed(net::WebSocket&, const net::WebSocketEnd&) {
  socket_ = nullptr;
  leave();
}

bool PeerJsDialect::Client::fetch_ahead(unsigned step) const {
  if (step == 0) return base::prefetch(*this);
  return connection_ && dialect_.switchboard_.fetch_ahead(*connection_, step - 1);
}

bool PeerJsDialect::Client::can_take(size_t body_bytes) {
  return socket_ && socket_->make_room(body_bytes + kEnvelopeBytes);
}

bool PeerJsDialect::Client::fetch_sending(unsigned step) const {
  if (step == 0) return base::prefetch(*this);
  return socket_ && socket_->fetch_sending(step - 1);
}

void PeerJsDialect::Client::leave() {
  if (connection_) dialect_.switchboard_.detach(*std::exchange(connection_, std::nullopt), Ending::kClean);
}

void PeerJsDialect::Client::refuse(std::string_view why, net::WebSocketCode code) {
  dialect_.counters_.refused.add();
  if (socket_) socket_->send(peerjs_refusal_json("ERROR", why));
  close(code, why);
}

void PeerJsDialect::Client::handle(std::string_view text) {
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

void PeerJsDialect::Client::relay(PeerJsMessage message) {
  switch (message.type) {
    case PeerJsType::kHeartbeat:
      return;
    case PeerJsType::kLeave:
      if (message.dst.empty()) return close(net::WebSocketCode::kNormal, "left");
      // Not for whoever comes later.
      if (!dialect_.switchboard_.hub().is_connected(kPeerJsRealm, message.dst)) return;
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

void PeerJsDialect::Client::expire(std::string_view src) {
  dialect_.counters_.expired.add();
  socket_->send(peerjs_expire_json(src, id_));
}

void PeerJsDialect::Client::on_welcome(const Welcome&) {
  is_open_ = true;
  dialect_.counters_.opened.add();
  socket_->send(peerjs_open_json());
}

void PeerJsDialect::Client::on_relayed(const Relayed& relayed) {
  write_peerjs_json(dialect_.writing_, *relayed.message);
  socket_->send(dialect_.writing_);
}

void PeerJsDialect::Client::on_receipt(const Receipt& receipt) {
  if (receipt.status == ReceiptStatus::kNotDelivered) expire(receipt.target->name);
}

void PeerJsDialect::Client::on_refused(const Refused& refused) {
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

void PeerJsDialect::Client::on_close(const Close& close) {
  connection_.reset();
  if (!is_open_) {
    dialect_.counters_.refused.add();
    socket_->send(peerjs_refusal_json("ERROR", kFull));
  }
  socket_->close(net::WebSocketCode{close.code}, close.text);
}

}  // namespace signaling::dialects

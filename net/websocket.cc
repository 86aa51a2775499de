#include "net/websocket.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/fetch_ahead.h"
#include "net/event_loop.h"
#include "net/stream_group.h"
#include "net/websocket_server.h"

namespace net {
namespace {

constexpr size_t kControlPayloadBytes = 125;  // RFC 6455 §5.5
// Handled in one turn: whoever sends thousands at once waits for the others in between.
constexpr int kEventsPerTurn = 64;
constexpr size_t kReasonBytes = kControlPayloadBytes - 2;
constexpr std::string_view kNoRoom = "too much at once; try again";
constexpr size_t kMaxHeaderBytes = 10;  // RFC 6455 §5.2, without a mask

// At most `bytes` of `text`, and no half character.
std::string_view cut_utf8(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<uint8_t>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

void WebSocketHandler::on_binary(WebSocket& socket, base::Bytes) {
  socket.close(WebSocketCode::kUnsupportedData, "text messages only");
}

void WebSocketHandler::on_too_large(WebSocket& socket, uint64_t) {
  socket.close(WebSocketCode::kTooBig, "the message is too large");
}

WebSocket::WebSocket(WebSocketServer& server, std::unique_ptr<Stream> stream,
                     std::unique_ptr<WebSocketHandler> handler)
    : server_(&server),
      stream_(std::move(stream)),
      handler_(std::move(handler)),
      receiver_(server.frames_, server.options_.limits),
      send_queue_bytes_(server.options_.send_queue_bytes) {}

void WebSocket::start(std::list<WebSocket>::iterator place) {
  place_ = place;
  heard_at_ = now();
  set_deadline(heard_at_ + server_->options_.ping_after);
  stream_->set_send_queue_bytes(send_queue_bytes_ + StreamOptions{}.control_reserve_bytes);
  if (share_) {
    stream_->set_limits(kStrangerBytes, SIZE_MAX);
  } else {
    stream_->lift_limits();
  }
  stream_->attach(server_->group_, *this);
}

bool WebSocket::fetch_ahead(unsigned step) const {
  if (step == 0) return base::prefetch(*this);
  return handler_ && handler_->fetch_ahead(step - 1);
}

bool WebSocket::fetch_sending(unsigned step) const {
  if (step == 0) return base::prefetch(*this);
  return step == 1 && stream_->fetch_ahead(0);
}

size_t WebSocket::on_bytes(Stream&, base::MutableBytes received) {
  const WebSocketServer::Callback guard(*server_);
  base::Bytes unread = received;
  const auto frames_before = receiver_.frames();
  for (int events = 0; state_ != State::kFinished && !held_back_ && !is_held_; ++events) {
    if (events == kEventsPerTurn) {
      stream_->give_way();
      break;
    }
    const auto event = receiver_.next(unread);
    if (!event) break;
    std::visit([this](const auto& what) { handle(what); }, *event);
    hold_back_if_slow();
  }
  if (receiver_.frames() != frames_before) heard_at_ = now();
  keep_bounds(unread.size());
  if (state_ == State::kFinished) receiver_.forget();
  return received.size() - unread.size();
}

void WebSocket::hold_from(OctetPool& pool, const base::IpAddress& source) {
  share_ = std::make_unique<OctetPool::Share>(pool, source);
}

bool WebSocket::has_room(size_t unread_bytes) {
  if (!share_ || state_ == State::kFinished) return true;
  const size_t held = unread_bytes + receiver_.held_bytes() + stream_->held_bytes();
  if (share_->resize(held - std::min(held, kStrangerBytes))) return true;
  server_->counters_.closed_no_room.add();
  return false;
}

// Also while a Close is awaited, in front of which anything may come.
void WebSocket::keep_bounds(size_t unread_bytes) {
  if (!has_room(unread_bytes)) fail(WebSocketCode::kTryAgainLater, kNoRoom);
}

void WebSocket::handle(const WebSocketReceiver::Message& message) {
  if (state_ != State::kOpen) return;  // RFC 6455 §1.4: data after our Close is of no interest
  server_->counters_.messages_received.add();
  if (message.is_text) {
    handler_->on_message(*this, base::as_text(message.payload));
  } else {
    handler_->on_binary(*this, message.payload);
  }
}

void WebSocket::handle(const WebSocketReceiver::TooLarge& message) {
  server_->counters_.messages_too_large.add();
  if (state_ == State::kOpen) handler_->on_too_large(*this, message.at_least_bytes);
}

void WebSocket::handle(const WebSocketReceiver::Ping& ping) {
  if (!count_control_frame() || state_ != State::kOpen) return;
  send_control(WebSocketOpcode::kPong, ping.payload);
}

void WebSocket::handle(const WebSocketReceiver::Pong&) { (void)count_control_frame(); }

void WebSocket::handle(const WebSocketReceiver::Close& close) {
  // The code comes back, and 1000 for none: RFC 6455 §5.5.1 wants it echoed.
  const bool ours = state_ == State::kClosing;
  if (!ours) send_close(close.code == WebSocketCode::kNone ? WebSocketCode::kNormal : close.code, {});
  server_->counters_.closed_clean.add();
  finish({ours ? said_ : close.code, ours ? std::string_view() : close.reason, /*clean=*/true});
}

void WebSocket::handle(const WebSocketReceiver::Fault& fault) { fail(fault.code, fault.reason); }

bool WebSocket::count_control_frame() {
  if (++control_frames_ <= server_->options_.control_frames) return true;
  fail(WebSocketCode::kPolicy, "too many control frames");
  return false;
}

// RFC 6455 §7.1.7: says why, waits for nothing.
void WebSocket::fail(WebSocketCode code, std::string_view reason) {
  if (state_ == State::kOpen) send_close(code, reason);
  server_->counters_.closed_fault.add();
  finish({code, reason, /*clean=*/false});
}

void WebSocket::finish(const WebSocketEnd& end) {
  state_ = State::kFinished;
  stream_->resume_reading();
  stream_->finish(now() + server_->options_.linger);
  tell_handler(end);
}

void WebSocket::tell_handler(const WebSocketEnd& end) {
  if (const auto handler = std::move(handler_)) handler->on_closed(*this, end);
}

bool WebSocket::send_message(WebSocketOpcode opcode, base::Bytes payload) {
  if (state_ != State::kOpen) return false;
  const bool fits = make_room(payload.size());
  const auto header = server_->frames_.header_of(opcode, payload);
  const std::array pieces{header.bytes(), payload};
  if (fits && stream_->send(pieces, Priority::kDroppable)) {
    server_->flush_soon();
    server_->counters_.messages_sent.add();
    if (!share_ || stream_->queued_bytes() <= kStrangerBytes) return true;
    stream_->flush();
    if (has_room(0)) return true;
    close(WebSocketCode::kTryAgainLater, kNoRoom);  // not fail(): the handler is at work
    return false;
  }
  server_->counters_.closed_slow.add();
  close(WebSocketCode::kTryAgainLater, "too much is unread");
  return false;
}

bool WebSocket::make_room(size_t payload_bytes) {
  if (state_ != State::kOpen) return false;
  const size_t wanted = kMaxHeaderBytes + payload_bytes;
  if (stream_->queued_bytes() + wanted > send_queue_bytes_)
    stream_->flush();  // not the client's fault, if we were first
  return stream_->queued_bytes() + wanted <= send_queue_bytes_;
}

void WebSocket::send_control(WebSocketOpcode opcode, base::Bytes payload) {
  const auto header = server_->frames_.header_of(opcode, payload);
  const std::array pieces{header.bytes(), payload};
  stream_->send(pieces, Priority::kControl);
  server_->flush_soon();
}

void WebSocket::send_close(WebSocketCode code, std::string_view reason) {
  std::array<uint8_t, kControlPayloadBytes> payload;
  const auto text = base::as_bytes(cut_utf8(reason, kReasonBytes));
  base::store_be16(payload.data(), static_cast<uint16_t>(code));
  std::ranges::copy(text, payload.begin() + 2);
  said_ = code;
  send_control(WebSocketOpcode::kClose, base::Bytes(payload).first(2 + text.size()));
}

void WebSocket::close(WebSocketCode code, std::string_view reason) {
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  send_close(code, reason);
  let_go();
  release();
  set_deadline(now() + server_->options_.close_timeout);
}

void WebSocket::hold_back_if_slow() {
  const size_t limit = server_->options_.hold_back_bytes;
  if (state_ != State::kOpen || stream_->queued_bytes() <= limit) return;
  stream_->flush();
  if (stream_->queued_bytes() <= limit) return;
  held_back_ = true;  // until on_drained(), which follows since the socket did not take everything
  server_->counters_.held_back.add();
  stream_->pause_reading();
}

void WebSocket::release() {
  if (std::exchange(held_back_, false) && !is_held_) stream_->resume_reading();
}

void WebSocket::hold() {
  if (state_ != State::kOpen || std::exchange(is_held_, true)) return;
  stream_->pause_reading();
}

void WebSocket::let_go() {
  if (!std::exchange(is_held_, false)) return;
  heard_at_ = now();  // what it may have said waits unread
  if (!held_back_) stream_->resume_reading();
}

void WebSocket::on_drained(Stream&) {
  if (!held_back_) return;
  heard_at_ = now();  // it reads again: as good as a frame
  release();
  keep_bounds(0);
}

bool WebSocket::on_deadline(Stream&) {
  if (state_ != State::kOpen) return false;
  const auto& options = server_->options_;
  control_frames_ = 0;
  const auto silence = now() - heard_at_;
  if (silence >= options.dead_after) {
    server_->counters_.closed_silent.add();
    return false;
  }
  if (silence < options.ping_after) {
    set_deadline(heard_at_ + options.ping_after);
    return true;
  }
  server_->counters_.pings_sent.add();
  send_control(WebSocketOpcode::kPing, {});
  set_deadline(std::min(now() + options.ping_after, heard_at_ + options.dead_after));
  return true;
}

void WebSocket::on_closed(Stream&, CloseReason) {
  state_ = State::kFinished;
  if (handler_) {
    server_->counters_.closed_abnormal.add();
    tell_handler({said_ == WebSocketCode::kNone ? WebSocketCode::kAbnormal : said_, {}, /*clean=*/false});
  }
  server_->sockets_.erase(place_);
}

base::TimePoint WebSocket::now() const { return server_->group_.loop().steady_now(); }

}  // namespace net

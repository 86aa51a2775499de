#include "net/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/fetch_ahead.h"
#include "net/event_loop.h"
#include "net/io_result.h"
#include "net/stream_group.h"
#include "net/tls_session.h"

namespace net {
namespace {

constexpr int kKeepaliveProbes = 4;

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);  // none of them is worth refusing a connection for
}

void set_tcp_options(int socket, const StreamOptions& options) {
  const int idle = static_cast<int>(options.keepalive_idle.count());
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, idle / kKeepaliveProbes));
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(options.user_timeout.count()));
  set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, options.unsent_in_kernel_bytes);
}

}  // namespace

Stream::Stream(UniqueFd socket, const StreamOptions& options)
    : socket_(std::move(socket)),
      options_(options),
      receive_limit_(options.receive_buffer_bytes),
      send_limit_(options.send_queue_bytes) {
  assert(options_.receive_buffer_bytes <= StreamGroup::kScratchBytes);
  assert(options_.control_reserve_bytes <= options_.send_queue_bytes);
  set_tcp_options(socket_.get(), options_);
}

bool Stream::fetch_ahead(unsigned step) const {
  if (step == 0) return base::prefetch(*this);
  return handler_ != nullptr && handler_->fetch_ahead(step - 1);
}

Stream::~Stream() {
  if (callback_ != nullptr) callback_->forget();
  close_socket();
}

void Stream::attach(StreamGroup& group, StreamHandler& handler) {
  group_ = &group;
  handler_ = &handler;
  group.attached_.push(place_);
  redeliver_ = true;
  if (deadline_) group.arm(*this, *deadline_);
  group.run_soon(pending_);
  if (socket_ && !group.sockets_.add(socket_.get(), *this)) fail_soon(CloseReason::kReset);
}

void Stream::detach(size_t consumed) {
  if (callback_ != nullptr) callback_->forget();
  callback_ = nullptr;
  unread_.consume(consumed);
  if (group_ != nullptr && socket_) group_->sockets_.remove(socket_.get(), *this);
  pending_.unlink();
  dirty_.unlink();
  place_.unlink();
  TimerLink::unlink();
  group_ = nullptr;
  handler_ = nullptr;
}

void Stream::set_handler(StreamHandler& handler) {
  handler_ = &handler;
  redeliver_ = true;
  group_->run_soon(pending_);
}

void Stream::start_tls(const TlsContext& context) {
  assert(phase_ == Phase::kPlain && group_ != nullptr);
  tls_ = TlsSession::accept(context, socket_.get());
  if (!tls_) return fail_soon(CloseReason::kTlsFailed);
  tls_->take_whole_records(receive_limit_ < options_.receive_buffer_bytes);
  phase_ = Phase::kHandshakeDue;
  group_->run_soon(pending_);
}

std::string_view Stream::alpn() const { return tls_ ? tls_->alpn() : std::string_view(); }

size_t Stream::send_room(Priority priority) const {
  if (!socket_ || finishing_ || ending_output_ || failure_) return 0;
  const size_t reserve = priority == Priority::kDroppable ? options_.control_reserve_bytes : 0;
  const size_t limit = send_limit_ - std::min(reserve, send_limit_);
  return limit - std::min(limit, queue_.size());
}

bool Stream::send(std::span<const base::Bytes> pieces, Priority priority) {
  size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.size();
  if (bytes > send_room(priority)) {
    count_dropped(bytes);
    return false;
  }
  if (!socket_ || finishing_ || ending_output_ || failure_) return false;  // a message of no octets
  if (queue_.empty() && group_ != nullptr) queue_ = group_->spare_queue();
  if (bytes > 0) (void)queue_.room(bytes);  // at once, not piece by piece
  for (const auto& piece : pieces) queue_.append(piece);
  ++counters_.sent_messages;
  if (group_ != nullptr) group_->dirty_.push(dirty_);
  return true;
}

void Stream::flush() {
  dirty_.unlink();
  if (group_ == nullptr || !socket_ || failure_ || wait_for_write_) return;
  if (phase_ == Phase::kHandshakeDue || phase_ == Phase::kHandshake) return;  // goes out when that is done
  write_queue();
}

void Stream::finish(base::TimePoint linger_until) {
  if (!socket_ || finishing_) return;
  finishing_ = true;
  set_deadline(linger_until);
  if (group_ != nullptr) group_->run_soon(pending_);
}

void Stream::end_output() {
  if (!socket_ || ending_output_) return;
  ending_output_ = true;
  if (group_ != nullptr) group_->run_soon(pending_);
}

void Stream::close() { close_socket(); }

void Stream::abort() {
  if (!socket_) return;
  const linger reset{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  said_goodbye_ = true;  // there is none
  close_socket();
}

void Stream::set_user_timeout(std::chrono::milliseconds timeout) {
  if (socket_) set_option(socket_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout.count()));
}

void Stream::set_deadline(base::TimePoint deadline) {
  deadline_ = deadline;
  if (group_ != nullptr) group_->arm(*this, deadline);
}

void Stream::clear_deadline() {
  deadline_.reset();
  TimerLink::unlink();
}

void Stream::pause_reading() { paused_ = true; }

void Stream::resume_reading() {
  if (!std::exchange(paused_, false)) return;
  redeliver_ = true;
  if (group_ != nullptr) group_->run_soon(pending_);
}

void Stream::give_way() {
  redeliver_ = true;
  if (group_ != nullptr) group_->run_soon(pending_);
}

void Stream::set_limits(size_t receive_bytes, size_t send_bytes) {
  receive_limit_ = std::min(receive_bytes, options_.receive_buffer_bytes);
  send_limit_ = std::min(send_bytes, options_.send_queue_bytes);
  if (tls_) tls_->take_whole_records(receive_limit_ < options_.receive_buffer_bytes);
}

void Stream::lift_limits() { set_limits(options_.receive_buffer_bytes, options_.send_queue_bytes); }

size_t Stream::held_bytes() const { return queue_.size() + (tls_ ? tls_->held_bytes() : 0); }

void Stream::fail_soon(CloseReason reason) {
  if (!failure_) failure_ = reason;
  queue_.clear();
  if (group_ != nullptr) group_->run_soon(pending_);
}

void Stream::fail(CloseReason reason) {
  close_socket();
  handler_->on_closed(*this, reason);
}

void Stream::close_socket() {
  if (!socket_) return;
  if (group_ != nullptr) group_->sockets_.remove(socket_.get(), *this);
  pending_.unlink();
  dirty_.unlink();
  TimerLink::unlink();
  if (phase_ == Phase::kTls && queue_.empty() && !said_goodbye_ && !failure_) tls_->say_goodbye();
  queue_.clear();
  socket_.reset();
}

void Stream::say_goodbye() {
  if (said_goodbye_) return;
  said_goodbye_ = true;
  if (tls_) tls_->say_goodbye();
  if (finishing_) tls_.reset();  // what still comes is read from the socket itself, and dropped
  ::shutdown(socket_.get(), SHUT_WR);
  if (peer_is_done_) fail_soon(CloseReason::kFinished);
}

void Stream::count_received(size_t bytes) {
  counters_.received_bytes += bytes;
  group_->totals_.received_bytes.add(bytes);
}

void Stream::count_sent(size_t bytes) {
  counters_.sent_bytes += bytes;
  group_->totals_.sent_bytes.add(bytes);
}

void Stream::count_dropped(size_t bytes) {
  ++counters_.dropped_messages;
  counters_.dropped_bytes += bytes;
  if (group_ == nullptr) return;
  group_->totals_.dropped_messages.add();
  group_->totals_.dropped_bytes.add(bytes);
}

}  // namespace net

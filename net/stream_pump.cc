// How a Stream moves octets: what the loop calls, and what that calls in turn.
#include <algorithm>

#include "net/io_result.h"
#include "net/stream.h"
#include "net/stream_group.h"
#include "net/tls_session.h"

namespace net {
namespace {

constexpr int kReadsPerWakeUp = 4;  // bounded: one busy connection must not starve the rest
// A request's body that was refused may still be on its way; who sends on and on after the end gets a reset.
constexpr size_t kDiscardedBytes = 4 * 1024 * 1024;

CloseReason reason_of(IoStatus status) {
  switch (status) {
    case IoStatus::kEnd:
    case IoStatus::kCutOff:
      return CloseReason::kPeerClosed;
    case IoStatus::kTlsFailed:
      return CloseReason::kTlsFailed;
    default:
      return CloseReason::kReset;
  }
}

bool is_final(IoStatus status) {
  return status == IoStatus::kEnd || status == IoStatus::kCutOff || status == IoStatus::kReset ||
         status == IoStatus::kTlsFailed;
}

}  // namespace

void Stream::on_ready(Events events) {
  StreamGroup& group = *group_;
  if (contains(events, Events::kEnd)) {
    end_is_near_ = true;
    if (tls_) tls_->take_whole_records(false);  // half a record is all that will come
  }
  {
    Callback guard(*this);
    run_ready(guard, events);
  }
  group.flush();  // what the handler queued, here and elsewhere
}

void Stream::run_ready(Callback& guard, Events events) {
  if (failure_) return fail(*failure_);
  if (phase_ == Phase::kHandshakeDue) return;  // run_pending() begins it, and reads
  if (phase_ == Phase::kHandshake) return advance_handshake(guard);
  if (wait_for_write_ && contains(events, Events::kWrite)) write_and_notify();
  if (guard.gone() || !socket_ || !contains(events, Events::kRead)) return;
  if (finishing_) return discard_available();
  if (paused_ || peer_is_done_) return;
  if (redeliver_ && pending_.is_linked()) return;  // its turn comes
  // A new handler takes what is there first: there may be no room for more.
  if (!redeliver_ || unread_.size() == 0 || deliver(guard)) read_available(guard);
}

void Stream::run_pending() {
  Callback guard(*this);
  if (failure_) return fail(*failure_);
  if (phase_ == Phase::kHandshakeDue) {
    tls_->feed(unread_.take());
    phase_ = Phase::kHandshake;
  }
  if (phase_ == Phase::kHandshake) {
    advance_handshake(guard);
  } else if (finishing_) {
    drop_unread();
    if (!wait_for_write_) write_queue();
    if (!failure_ && !peer_is_done_) discard_available();
  } else {
    if (!wait_for_write_) write_queue();
    if (!paused_ && !peer_is_done_ && !failure_ && (!redeliver_ || unread_.size() == 0 || deliver(guard)))
      read_available(guard);
  }
}

void Stream::expire() {
  Callback guard(*this);
  deadline_.reset();
  if (failure_) return fail(*failure_);
  if (finishing_) return fail(CloseReason::kFinished);
  if (handler_->on_deadline(*this) || guard.gone() || !socket_) return;
  fail(CloseReason::kDeadline);
}

void Stream::advance_handshake(Callback& guard) {
  const IoStatus status = tls_->handshake();
  wait_for_write_ = status == IoStatus::kWantWrite;
  if (is_final(status)) return fail(reason_of(status));
  if (status != IoStatus::kOk) return;
  phase_ = Phase::kTls;
  handler_->on_tls_established(*this);
  if (guard.gone() || !socket_) return;
  redeliver_ = true;  // what came with the client's last flight is inside OpenSSL
  group_->run_soon(pending_);
}

void Stream::read_available(Callback& guard) {
  for (int round = 0; round < kReadsPerWakeUp; ++round) {
    const auto room = unread_.room(group_->scratch(), receive_limit_);
    if (room.empty()) return fail(CloseReason::kReceiveOverflow);
    const IoResult got = tls_ ? tls_->read(room) : read_socket(socket_.get(), room);
    unread_.commit(got.bytes);
    count_received(got.bytes);
    if (got.bytes > 0 && !deliver(guard)) return;
    if (got.status == IoStatus::kEnd && end_input(guard)) return;
    if (is_final(got.status)) return fail(reason_of(got.status));
    // A socket that gave less than it might have is empty (epoll(7)), a TLS session only if it says so.
    // Urgent data cuts a read short too: what is behind it waits for the peer's next segment, and harms only
    // whoever sends such.
    if (got.status != IoStatus::kOk || (!tls_ && got.bytes < room.size() && !end_is_near_)) return;
  }
  group_->run_soon(pending_);  // no event will tell of what is left
}

bool Stream::deliver(Callback& guard) {
  redeliver_ = false;
  const auto received = unread_.unread();
  const size_t consumed = handler_->on_bytes(*this, received);
  if (guard.gone()) return false;
  unread_.consume(std::min(consumed, received.size()));
  if (!socket_ || failure_ || finishing_ || paused_ || redeliver_ || phase_ == Phase::kHandshakeDue)
    return false;
  if (unread_.size() < receive_limit_) return true;
  fail(CloseReason::kReceiveOverflow);
  return false;
}

bool Stream::end_input(Callback& guard) {
  peer_is_done_ = true;
  const bool goes_on = handler_->on_end(*this);
  if (guard.gone() || !socket_) return true;
  if (!goes_on) return false;
  if (said_goodbye_) fail(CloseReason::kFinished);
  return true;
}

void Stream::drop_unread() {
  unread_.consume(unread_.size());
  if (tls_) tls_->drop_record(group_->scratch());
}

// After finish(): closing a socket with unread octets would be a reset, which may destroy our last words on
// their way. So whatever still comes is read and dropped.
void Stream::discard_available() {
  for (int round = 0; round < kReadsPerWakeUp; ++round) {
    const IoResult got = read_socket(socket_.get(), group_->scratch());
    if (got.status == IoStatus::kWantRead) return;
    discarded_bytes_ += got.bytes;
    if (discarded_bytes_ > kDiscardedBytes) return fail(CloseReason::kFinished);
    if (!is_final(got.status)) continue;
    peer_is_done_ = true;
    if (said_goodbye_) return fail(CloseReason::kFinished);
    if (got.status != IoStatus::kEnd) return fail(reason_of(got.status));
    return;
  }
  group_->run_soon(pending_);
}

void Stream::write_and_notify() {
  wait_for_write_ = false;
  write_queue();
  if (!wait_for_write_ && !finishing_ && !failure_) handler_->on_drained(*this);
}

void Stream::write_queue() {
  while (!queue_.empty()) {
    const IoResult put = tls_ ? tls_->write(queue_.bytes()) : write_socket(socket_.get(), queue_.bytes());
    if (put.bytes == queue_.size()) {
      group_->recycle(std::move(queue_));
    } else {
      queue_.consume(put.bytes);
    }
    count_sent(put.bytes);
    if (is_final(put.status)) return fail_soon(CloseReason::kReset);
    wait_for_write_ = put.status == IoStatus::kWantWrite;
    if (put.status != IoStatus::kOk) return;
  }
  if (finishing_ || ending_output_) say_goodbye();
}

}  // namespace net

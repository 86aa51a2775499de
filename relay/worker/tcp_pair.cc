#include "relay/worker/tcp_pair.h"

#include "net/event_loop.h"

namespace relay::worker {

TcpPair::TcpPair(ConnectionId id, std::unique_ptr<net::Stream> client, std::unique_ptr<net::Stream> peer,
                 net::StreamGroup& group, TcpQueues& queues, TcpPairHandler& handler)
    : id_(id),
      group_(group),
      queues_(queues),
      handler_(handler),
      client_(*this, std::move(client), Direction::kToPeer),
      peer_(*this, std::move(peer), Direction::kToClient) {
  for (End* end : {&client_, &peer_}) {
    end->stream->clear_deadline();
    // Whoever does not read for a minute has its reasons; its kernel still answers probes.
    end->stream->set_user_timeout(std::chrono::milliseconds(0));
    end->stream->attach(group_, *end);
  }
}

TcpPair::~TcpPair() { queues_.bytes -= client_.counted_bytes + peer_.counted_bytes; }

void TcpPair::go_on(Direction direction) {
  (direction == Direction::kToPeer ? client_ : peer_).stop_waiting(End::kForBandwidth);
}

void TcpPair::finish() {
  finishing_ = true;
  const auto linger_until = group_.loop().now().steady + kLinger;
  for (End* end : {&client_, &peer_}) end->stream->finish(linger_until);
}

// Everything is taken at once: a queue that a read has filled beyond its measure stops the next read.
void TcpPair::carry(End& from, base::Bytes bytes) {
  End& to = other(from);
  relayed_bytes_ += bytes.size();
  if (!to.stream->send(bytes, net::Priority::kControl)) return;  // it has failed, and says so soon
  to.stream->flush();
  count(to);
  const size_t limit = queues_.bytes > queues_.max_bytes ? 0 : kQueueBytes;
  if (to.counted_bytes > limit) from.wait(End::kForRoom);
  if (handler_.on_pair_bytes(*this, from.direction, bytes.size())) from.wait(End::kForBandwidth);
}

void TcpPair::count(End& end) {
  queues_.bytes -= end.counted_bytes;
  end.counted_bytes = end.stream->queued_bytes();
  queues_.bytes += end.counted_bytes;
}

void TcpPair::watch_silence(End& end) {
  end.seen_relayed = relayed_bytes_;
  end.stream->set_deadline(group_.loop().now().steady + kHalfClosedIdle);
}

void TcpPair::on_end_closed(End& end, net::CloseReason reason) {
  count(end);
  net::Stream& remaining = *other(end).stream;
  if (reason == net::CloseReason::kPeerClosed) finish();
  const bool in_order = finishing_ || reason == net::CloseReason::kFinished;
  if (in_order && remaining.is_open()) return;  // it has heard of the end, and will close too
  remaining.abort();
  handler_.on_pair_closed(*this);  // destroys this
}

size_t TcpPair::End::on_bytes(net::Stream&, base::MutableBytes received) {
  pair_.carry(*this, received);
  return received.size();
}

bool TcpPair::End::on_end(net::Stream&) {
  pair_.other(*this).stream->end_output();
  pair_.watch_silence(*this);
  return true;
}

void TcpPair::End::on_closed(net::Stream&, net::CloseReason reason) { pair_.on_end_closed(*this, reason); }

void TcpPair::End::on_drained(net::Stream&) {
  pair_.count(*this);
  pair_.other(*this).stop_waiting(kForRoom);
}

bool TcpPair::End::on_deadline(net::Stream&) {
  if (seen_relayed == pair_.relayed_bytes_) return false;
  pair_.watch_silence(*this);
  return true;
}

void TcpPair::End::wait(Wait reason) {
  waits_ |= reason;
  stream->pause_reading();
}

void TcpPair::End::stop_waiting(Wait reason) {
  waits_ = static_cast<uint8_t>(waits_ & ~reason);
  if (waits_ == 0) stream->resume_reading();
}

}  // namespace relay::worker

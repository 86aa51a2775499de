#include "relay/worker/client_streams.h"

#include "net/event_loop.h"
#include "relay/worker/work_share.h"
#include "stun/stream_framer.h"

namespace relay::worker {
namespace {

constexpr size_t kRoomForReply = 1024;  // far more than any takes

}  // namespace

class ClientStreams::Client final : public net::StreamHandler {
 public:
  Client(ClientStreams& owner, net::Accepted accepted, uint32_t route, bool handed_over)
      : owner_(owner),
        path_{{accepted.client, accepted.server,
               accepted.transport == net::StreamTransport::kTls ? Transport::kTls : Transport::kTcp},
              route,
              handed_over},
        accepted_at_(accepted.accepted_at),
        framed_(handed_over),
        stream_(std::move(accepted.stream)) {
    stream_->set_deadline(accepted_at_ + (framed_ ? owner_.options_.unauthenticated_lifetime
                                                  : owner_.options_.first_frame_timeout));
    stream_->attach(owner_.group_, *this);
  }

  size_t on_bytes(net::Stream& stream, base::MutableBytes received) override {
    size_t consumed = 0;
    WorkShare share;
    while (!share.is_used_up()) {
      const auto frame = stun::next_frame(base::Bytes(received).subspan(consumed));
      if (!frame) {  // out of sync: nothing after this could be trusted
        stream.finish(owner_.loop_.now().steady);
        consumed = received.size();
        break;
      }
      if (!*frame) break;
      if (!framed_) {
        framed_ = true;
        stream.set_deadline(accepted_at_ + owner_.options_.unauthenticated_lifetime);
      }
      share.spend((*frame)->bytes);
      const auto fate = owner_.handler_.on_stream_frame(path_, (*frame)->bytes);
      if (fate.kind == StreamFate::Kind::kMovesOn) return leave(fate, consumed);
      consumed += (*frame)->consumed_bytes;
      if (fate.kind == StreamFate::Kind::kJoins) return leave(fate, consumed);
    }
    if (!share.is_small()) stream.give_way();
    owner_.handler_.on_stream_batch_end();
    if (!is_known_ && owner_.handler_.is_in_use(path_)) {
      is_known_ = true;
      stream.lift_limits();
    }
    return consumed;
  }

  void on_closed(net::Stream&, net::CloseReason) override {
    owner_.handler_.on_stream_closed(path_);
    owner_.forget(path_.route);  // destroys this
  }

  bool on_deadline(net::Stream& stream) override {
    if (!framed_ || !owner_.handler_.is_in_use(path_)) return false;
    stream.set_deadline(owner_.loop_.now().steady + owner_.options_.unauthenticated_lifetime);
    return true;
  }

  [[nodiscard]] net::Stream& stream() { return *stream_; }

 private:
  size_t leave(const StreamFate& fate, size_t consumed) {
    ClientStreams& owner = owner_;
    owner.handler_.on_stream_batch_end();  // what waits looks at octets that go with the stream
    stream_->detach(consumed);
    if (fate.kind == StreamFate::Kind::kJoins) stream_->lift_limits();
    const bool tls = path_.tuple.transport == Transport::kTls;
    net::Accepted connection{.stream = std::move(stream_),
                             .client = path_.tuple.client,
                             .server = path_.tuple.server,
                             .transport = tls ? net::StreamTransport::kTls : net::StreamTransport::kTcp,
                             .accepted_at = accepted_at_};
    owner.forget(path_.route);  // destroys this
    owner.handler_.on_stream_left(fate, std::move(connection));
    owner.handler_.on_stream_batch_end();
    return 0;
  }

  ClientStreams& owner_;
  const ClientPath path_;
  const base::TimePoint accepted_at_;
  bool framed_;            // the first whole frame has come
  bool is_known_ = false;  // it has had an allocation: the limits on strangers are off
  std::unique_ptr<net::Stream> stream_;
};

ClientStreams::ClientStreams(net::EventLoop& loop, StreamFrameHandler& handler, const Options& options)
    : loop_(loop), handler_(handler), options_(options), group_(loop) {}

ClientStreams::~ClientStreams() = default;

void ClientStreams::adopt(net::Accepted accepted, bool handed_over) {
  uint32_t route = 0;
  if (free_routes_.empty()) {
    route = static_cast<uint32_t>(clients_.size());
    clients_.emplace_back();
  } else {
    route = free_routes_.back();
    free_routes_.pop_back();
  }
  ++live_;
  clients_[route] = std::make_unique<Client>(*this, std::move(accepted), route, handed_over);
}

void ClientStreams::send(uint32_t route, std::span<const base::Bytes> pieces, bool media) {
  if (route >= clients_.size() || !clients_[route]) return;
  auto& stream = clients_[route]->stream();
  // A stranger's queue is small, and may be full of what has just been answered: not its fault.
  if (!media && stream.send_room(net::Priority::kControl) < kRoomForReply) stream.flush();
  stream.send(pieces, media ? net::Priority::kDroppable : net::Priority::kControl);
}

void ClientStreams::close(uint32_t route) {
  if (route >= clients_.size() || !clients_[route]) return;
  clients_[route]->stream().close();
  forget(route);
}

void ClientStreams::forget(uint32_t route) {
  clients_[route].reset();
  free_routes_.push_back(route);
  --live_;
}

}  // namespace relay::worker

// A client's data connection joined to the connection with its peer (RFC 6062 §5.4): octets both ways.
#pragma once

#include <memory>
#include <optional>

#include "base/counter.h"
#include "net/stream.h"
#include "net/stream_group.h"
#include "relay/server.h"

namespace relay::worker {

class TcpPair;

class TcpPairHandler {
 public:
  // `bytes` have been taken from one end for the other. Gives when to read on; nothing: at once.
  virtual std::optional<base::TimePoint> on_pair_bytes(TcpPair& pair, Direction direction, size_t bytes) = 0;
  // Both ends are closed; destroy the pair.
  virtual void on_pair_closed(TcpPair& pair) = 0;

 protected:
  ~TcpPairHandler() = default;
};

// What all pairs of a worker hold between one end and the other.
struct TcpQueues {
  size_t bytes = 0;
  size_t max_bytes = 64 << 20;  // beyond it a pair reads on only when it holds nothing
};

// Nothing is dropped: while one end does not take what the other sends, the other is not read. So a pair
// holds at most kQueueBytes and one read in each direction. The end of one direction is passed on when
// everything before it has been; the pair ends with the second. If an end breaks, the other is reset: half a
// file must not look like a whole one. But a TLS client that leaves without a goodbye, as many do, has ended.
// Loop's thread only.
class TcpPair final {
 public:
  static constexpr size_t kQueueBytes = 64 * 1024;
  // Half of a connection that stays alone and silent for so long is over. Whole ones may idle.
  static constexpr std::chrono::minutes kHalfClosedIdle{10};
  // How long queued octets have to leave after finish().
  static constexpr std::chrono::seconds kLinger{5};

  // Both detached. `queues` and `handler` outlive the pair.
  TcpPair(ConnectionId id, std::unique_ptr<net::Stream> client, std::unique_ptr<net::Stream> peer,
          net::StreamGroup& group, TcpQueues& queues, TcpPairHandler& handler);
  ~TcpPair();
  TcpPair(const TcpPair&) = delete;
  TcpPair& operator=(const TcpPair&) = delete;

  // Reads on what goes in `direction`, which on_pair_bytes() had stopped.
  void go_on(Direction direction);
  // The allocation is over: what is queued still leaves, nothing more is taken; then on_pair_closed().
  void finish();
  [[nodiscard]] ConnectionId id() const { return id_; }

 private:
  class End final : public net::StreamHandler {
   public:
    enum Wait : uint8_t { kForRoom = 1, kForBandwidth = 2 };

    End(TcpPair& pair, std::unique_ptr<net::Stream> taken, Direction onward)
        : stream(std::move(taken)), direction(onward), pair_(pair) {}
    size_t on_bytes(net::Stream& from, base::MutableBytes received) override;
    bool on_end(net::Stream& from) override;
    void on_closed(net::Stream& from, net::CloseReason reason) override;
    void on_drained(net::Stream& to) override;
    bool on_deadline(net::Stream& silent) override;
    void wait(Wait reason);
    void stop_waiting(Wait reason);

    const std::unique_ptr<net::Stream> stream;
    const Direction direction;  // of what is read here
    size_t counted_bytes = 0;   // of stream's queue, in TcpQueues
    uint64_t seen_relayed = 0;  // when the deadline was set

   private:
    TcpPair& pair_;
    uint8_t waits_ = 0;
  };

  [[nodiscard]] End& other(const End& end) { return &end == &client_ ? peer_ : client_; }
  void carry(End& from, base::Bytes bytes);
  void count(End& end);
  void watch_silence(End& end);
  void on_end_closed(End& end, net::CloseReason reason);

  const ConnectionId id_;
  net::StreamGroup& group_;
  TcpQueues& queues_;
  TcpPairHandler& handler_;
  End client_;
  End peer_;
  uint64_t relayed_bytes_ = 0;
  bool finishing_ = false;
};

}  // namespace relay::worker

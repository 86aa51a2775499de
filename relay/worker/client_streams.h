// TURN clients over TCP and TLS of one worker: frames in, frames out.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "net/one_port_listener.h"
#include "net/stream.h"
#include "net/stream_group.h"
#include "relay/five_tuple.h"
#include "relay/peer_connection.h"

namespace relay::worker {

// What a frame has made of its stream.
struct StreamFate {
  enum class Kind : uint8_t {
    kStays,
    kJoins,    // what follows the frame is data of `connection`
    kMovesOn,  // the frame, unread, and the stream are for the worker of `connection`
  };
  Kind kind = Kind::kStays;
  ConnectionId connection = 0;
};

// What a stream's frames and its end mean.
class StreamFrameHandler {
 public:
  virtual StreamFate on_stream_frame(const ClientPath& from, base::Bytes frame) = 0;
  // The stream, detached, and what it has not read are the handler's.
  virtual void on_stream_left(const StreamFate& fate, net::Accepted connection) = 0;
  virtual void on_stream_batch_end() = 0;
  virtual void on_stream_closed(const ClientPath& from) = 0;
  // Whether a connection past its deadline may stay: it has an allocation.
  virtual bool is_in_use(const ClientPath& from) = 0;

 protected:
  ~StreamFrameHandler() = default;
};

// Worker's thread only.
class ClientStreams {
 public:
  struct Options {
    std::chrono::milliseconds first_frame_timeout{10'000};
    std::chrono::milliseconds unauthenticated_lifetime{60'000};
  };
  ClientStreams(net::EventLoop& loop, StreamFrameHandler& handler, const Options& options);
  ~ClientStreams();

  // `handed_over`: by another worker, which has seen its first frame.
  void adopt(net::Accepted accepted, bool handed_over = false);
  // `route` is of a live stream, or of one that has closed meanwhile: then nothing happens. Media is dropped
  // when the client does not read; replies have a reserve.
  void send(uint32_t route, std::span<const base::Bytes> pieces, bool media);
  void flush() { group_.flush(); }
  // Closes a client's connection, as when its session was kicked.
  void close(uint32_t route);

  [[nodiscard]] net::StreamGroup& group() { return group_; }
  [[nodiscard]] size_t size() const { return live_; }
  [[nodiscard]] const net::StreamTotals& totals() const { return group_.totals(); }

 private:
  class Client;
  void forget(uint32_t route);

  net::EventLoop& loop_;
  StreamFrameHandler& handler_;
  Options options_;
  net::StreamGroup group_;
  std::vector<std::unique_ptr<Client>> clients_;  // by route
  std::vector<uint32_t> free_routes_;
  size_t live_ = 0;
};

}  // namespace relay::worker

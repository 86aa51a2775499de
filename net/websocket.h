// One WebSocket, a server's side, over a stream whose handshake is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "net/octet_pool.h"
#include "net/stream.h"
#include "net/websocket_receiver.h"

namespace net {

class WebSocket;
class WebSocketServer;

// How a WebSocket ended. `reason` dies with the call.
struct WebSocketEnd {
  // What the client's Close frame said; else what ours did; else kAbnormal: the connection just ended.
  WebSocketCode code;
  std::string_view reason;
  bool clean;  // both sides have said Close
};

// One connection's application, owned by its WebSocket. Called from the loop, on its thread, never from
// inside a call to the WebSocket. May call its WebSocket, and any other, in every one of these; it may not
// destroy the WebSocketServer.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  // A whole message, valid UTF-8. The view dies with the call.
  virtual void on_message(WebSocket& socket, std::string_view text) = 0;
  // The last call; then the handler dies. The client is told already, or gone: nothing can be sent.
  virtual void on_closed(WebSocket& socket, const WebSocketEnd& end) = 0;
  // A binary message. Unless overridden: the WebSocket closes with kUnsupportedData.
  virtual void on_binary(WebSocket& socket, base::Bytes payload);
  // A message above the limit, dropped. Unless overridden: the WebSocket closes with kTooBig.
  virtual void on_too_large(WebSocket& socket, uint64_t at_least_bytes);
  // What on_message() will touch, see base/fetch_ahead.h.
  [[nodiscard]] virtual bool fetch_ahead(unsigned /*step*/) const { return false; }
};

// Lives from WebSocketServer::upgrade() until its handler's on_closed() returns. Answers pings, sends its own
// after silence, holds back a client that does not read, keeps every limit of WebSocketOptions. Loop's thread
// only.
class WebSocket final : private StreamHandler {
 public:
  // Through WebSocketServer::upgrade() only.
  WebSocket(WebSocketServer& server, std::unique_ptr<Stream> stream,
            std::unique_ptr<WebSocketHandler> handler);
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // `text` must be UTF-8. It goes out in this round of the loop or the next. False:
  // the WebSocket is closing, or closes now, since the client would have more than send_queue_bytes unread
  // (kTryAgainLater); what was queued before is still sent.
  bool send(std::string_view text) { return send_message(WebSocketOpcode::kText, base::as_bytes(text)); }
  bool send_binary(base::Bytes payload) { return send_message(WebSocketOpcode::kBinary, payload); }
  // Whether a message of that size would be taken now. Sends what is queued first, if that makes the room.
  [[nodiscard]] bool make_room(size_t payload_bytes);
  // The client is not read any more, and TCP slows it down, until let_go(): from inside on_message() nothing
  // follows that message. For times well below WebSocketOptions::dead_after.
  void hold();
  void let_go();
  // Says Close after what is queued, drops what still comes, waits for the client's Close frame; on_closed()
  // follows. `reason`: UTF-8, cut after 123 octets.
  void close(WebSocketCode code, std::string_view reason = {});

  // False: send() would refuse.
  [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }
  // What send() will touch, see base/fetch_ahead.h.
  [[nodiscard]] bool fetch_sending(unsigned step) const;
  // What the client has not taken yet, the frames' headers included.
  [[nodiscard]] size_t queued_bytes() const { return stream_->queued_bytes(); }
  [[nodiscard]] const StreamCounters& counters() const { return stream_->counters(); }

 private:
  friend class WebSocketServer;
  enum class State : uint8_t {
    kOpen,
    kClosing,  // we have said Close, the client has not
    kFinished  // all is said; the stream sends what is queued and ends
  };

  void start(std::list<WebSocket>::iterator place);
  // It is a stranger's, and holds what it needs beside its own from `pool`, for as long as it lives.
  void hold_from(OctetPool& pool, const base::IpAddress& source);
  // Whether a stranger holds no more than there is for it.
  [[nodiscard]] bool has_room(size_t unread_bytes);
  void keep_bounds(size_t unread_bytes);  // or fails

  size_t on_bytes(Stream& stream, base::MutableBytes received) override;
  void on_closed(Stream& stream, CloseReason reason) override;
  void on_drained(Stream& stream) override;
  bool on_deadline(Stream& stream) override;
  [[nodiscard]] bool fetch_ahead(unsigned step) const override;

  void handle(const WebSocketReceiver::Message& message);
  void handle(const WebSocketReceiver::TooLarge& message);
  void handle(const WebSocketReceiver::Ping& ping);
  void handle(const WebSocketReceiver::Pong& pong);
  void handle(const WebSocketReceiver::Close& close);
  void handle(const WebSocketReceiver::Fault& fault);
  void hold_back_if_slow();
  void release();
  // False: the client sends more control frames than any client needs.
  [[nodiscard]] bool count_control_frame();

  bool send_message(WebSocketOpcode opcode, base::Bytes payload);
  void send_control(WebSocketOpcode opcode, base::Bytes payload);
  void send_close(WebSocketCode code, std::string_view reason);
  void fail(WebSocketCode code, std::string_view reason);
  void finish(const WebSocketEnd& end);
  void tell_handler(const WebSocketEnd& end);
  void set_deadline(base::TimePoint deadline) { stream_->set_deadline(deadline); }
  [[nodiscard]] base::TimePoint now() const;

  WebSocketServer* server_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<WebSocketHandler> handler_;
  std::list<WebSocket>::iterator place_;
  WebSocketReceiver receiver_;
  size_t send_queue_bytes_;
  std::unique_ptr<OctetPool::Share> share_;  // a stranger's
  base::TimePoint heard_at_;                 // when the last frame was whole
  uint32_t control_frames_ = 0;              // since the last deadline
  WebSocketCode said_ = WebSocketCode::kNone;
  State state_ = State::kOpen;
  bool held_back_ = false;  // not read until the client has read
  bool is_held_ = false;    // not read until the handler lets go
};

}  // namespace net

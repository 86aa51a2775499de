// WebSockets of one kind: from an HTTP request to the end of the connection. Start here for WebSocket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>

#include "base/counter.h"
#include "net/http_exchange.h"
#include "net/octet_pool.h"
#include "net/origin_policy.h"
#include "net/timer.h"
#include "net/websocket.h"

namespace net {

class StreamGroup;

struct WebSocketOptions {
  WebSocketLimits limits;
  // Silence after which the client is pinged: below what NATs and proxies keep an idle connection, and cheap
  // enough for a sleeping tab.
  std::chrono::milliseconds ping_after{25'000};
  // Silence after which the client is gone. Any whole frame breaks it.
  std::chrono::milliseconds dead_after{60'000};
  // How long we wait for the client's Close after ours.
  std::chrono::milliseconds close_timeout{5'000};
  // After both: for octets that are still under way.
  std::chrono::milliseconds linger{2'000};
  // What a client may leave unread. Above it the WebSocket closes. Its stream takes that and
  // StreamOptions::control_reserve_bytes, which is for pongs and Close.
  size_t send_queue_bytes = 192 * 1024;
  // With more than this unread the client is not read either, until it has caught up.
  size_t hold_back_bytes = 64 * 1024;
  // Clients are strangers: what one holds beyond kStrangerBytes, of what it sends and of what it does not
  // read, comes from here, and when that is empty it is closed with kTryAgainLater. nullopt: they have shown
  // who they are.
  std::optional<OctetPool::Limits> strangers;
  base::SipHashKey key{};  // for that; random
  // Pings and pongs in ping_after.
  uint32_t control_frames = 1024;
};

// One writer, any reader.
struct WebSocketCounters {
  base::Counter opened;
  base::Counter refused_handshake;
  base::Counter refused_origin;
  base::Counter messages_received;
  base::Counter messages_sent;
  base::Counter messages_too_large;
  base::Counter pings_sent;
  base::Counter held_back;        // times that a client was not read because it did not read
  base::Counter closed_clean;     // both sides said Close, whoever began
  base::Counter closed_abnormal;  // the connection ended without
  base::Counter closed_silent;    // nothing came for dead_after; counted beside closed_abnormal
  base::Counter closed_fault;     // the client broke the protocol or a limit of it
  base::Counter closed_slow;      // the client left too much unread
  base::Counter closed_no_room;   // strangers held too much together
};

// Owns its WebSockets. Loop's thread only.
class WebSocketServer {
 public:
  // `group` must outlive the server.
  WebSocketServer(StreamGroup& group, const WebSocketOptions& options);
  ~WebSocketServer();  // closes its WebSockets without a word to anybody
  WebSocketServer(const WebSocketServer&) = delete;
  WebSocketServer& operator=(const WebSocketServer&) = delete;

  // Whether upgrade() will not refuse the request; else it is answered. For those who do something in the
  // client's name before they upgrade: it must be asked first.
  [[nodiscard]] bool admits(const HttpRequest& request, const HttpExchange& exchange,
                            const OriginPolicy& origins);
  // Answers the request: 101, and `handler` is in business; or the refusal: of the handshake, 403 of the
  // origin, 503 while draining. nullptr then, or when the client has gone; `handler` is dropped.
  // `subprotocol`: one of offered_subprotocols(request), or empty. Who the client is has been settled before.
  WebSocket* upgrade(const HttpRequest& request, const HttpExchange& exchange, const OriginPolicy& origins,
                     std::string_view subprotocol, std::unique_ptr<WebSocketHandler> handler);

  // Closes every WebSocket with `code`, and takes no more (draining: kServiceRestart).
  void close_all(WebSocketCode code, std::string_view reason);

  // For WebSockets that are opened from now on.
  void change_options(const WebSocketOptions& options) { options_ = options; }
  [[nodiscard]] const WebSocketOptions& options() const { return options_; }

  [[nodiscard]] const WebSocketCounters& counters() const { return counters_; }
  [[nodiscard]] size_t connections() const { return sockets_.size(); }

 private:
  friend class WebSocket;

  // While one lives the group flushes by itself, behind the callback.
  class Callback {
   public:
    explicit Callback(WebSocketServer& server) : server_(server) { server_.in_callback_ = true; }
    ~Callback() { server_.in_callback_ = false; }
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;

   private:
    WebSocketServer& server_;
  };
  void flush_soon();

  StreamGroup& group_;
  WebSocketOptions options_;
  std::unique_ptr<OctetPool> strangers_;
  WebSocketCounters counters_;
  WebSocketFramePool frames_;
  Timer flush_timer_;
  std::list<WebSocket> sockets_;
  bool in_callback_ = false;
  bool draining_ = false;
};

}  // namespace net

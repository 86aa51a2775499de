// WebSocket servers for tests, and clients that know of frames only what a test tells them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http_router.h"
#include "net/http_server.h"
#include "net/websocket_server.h"
#include "tests/net/stream_world.h"
#include "tests/net/websocket_frame.h"

namespace net {

// A client beside the loop. Every wait ends after ten seconds.
class WebSocketClient {
 public:
  explicit WebSocketClient(std::unique_ptr<BlockingClient> connection) : connection_(std::move(connection)) {}

  // Asks for `path` with the handshake of RFC 6455 §1.3 and more fields; returns the answer's head.
  std::string shake_hands(const std::string& path = "/echo", const std::string& fields = "");
  void send(const ClientFrame& frame) { send_octets(to_octets(frame)); }
  void send_octets(std::string_view octets) { connection_->send(octets); }
  // The next frame, as take_server_frame() says; "end": the server has closed.
  std::string next_event();
  BlockingClient& connection() { return *connection_; }

 private:
  std::unique_ptr<BlockingClient> connection_;
  std::string unread_;
};

// Answers every message with itself, and tells what else it hears.
class EchoHandler final : public WebSocketHandler {
 public:
  struct Log {
    std::vector<std::string> ends;  // "CODE REASON clean"
    std::vector<uint64_t> too_large;
    std::function<void(WebSocket&, std::string_view)> on_message;  // in place of the echo
    bool keeps_after_too_large = false;
  };
  explicit EchoHandler(Log& log) : log_(log) {}

  void on_message(WebSocket& socket, std::string_view text) override;
  void on_binary(WebSocket& socket, base::Bytes payload) override { socket.send_binary(payload); }
  void on_too_large(WebSocket& socket, uint64_t at_least_bytes) override;
  void on_closed(WebSocket& socket, const WebSocketEnd& end) override;

 private:
  Log& log_;
};

// GET /echo upgrades to an echo.
class WebSocketTest : public StreamTest {
 protected:
  WebSocketTest();

  void serve(const WebSocketOptions& options = {}) {
    server = std::make_unique<WebSocketServer>(group, options);
  }
  // A connection to the HTTP server, the handshake not yet done.
  WebSocketClient connect(const StreamOptions& options = {}, int client_receive_buffer_bytes = 0);

  EchoHandler::Log log;
  HttpRouter router;
  HttpServer http{group, router, HttpOptions{}};
  OriginPolicy origins;
  std::unique_ptr<WebSocketServer> server;  // dies before what it uses
  WebSocket* socket = nullptr;              // the last that was opened
};

}  // namespace net

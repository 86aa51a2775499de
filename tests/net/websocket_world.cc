#include "tests/net/websocket_world.h"

#include "net/websocket_handshake.h"

namespace net {

std::string WebSocketClient::shake_hands(const std::string& path, const std::string& fields) {
  connection_->send("GET " + path +
                    " HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                    fields + "\r\n");
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const auto octet = connection_->read(1);
    if (octet.empty()) break;
    head += octet;
  }
  return head;
}

std::string WebSocketClient::next_event() {
  for (;;) {
    if (auto event = take_server_frame(unread_); !event.empty()) return event;
    const auto more = connection_->read(missing_octets(unread_));
    if (more.empty()) return unread_.empty() ? "end" : "torn frame";
    unread_ += more;
  }
}

void EchoHandler::on_message(WebSocket& socket, std::string_view text) {
  if (log_.on_message) return log_.on_message(socket, text);
  socket.send(text);
}

void EchoHandler::on_too_large(WebSocket& socket, uint64_t at_least_bytes) {
  log_.too_large.push_back(at_least_bytes);
  if (!log_.keeps_after_too_large) return WebSocketHandler::on_too_large(socket, at_least_bytes);
  socket.send("too large");
}

void EchoHandler::on_closed(WebSocket&, const WebSocketEnd& end) {
  std::string text = std::to_string(static_cast<uint16_t>(end.code));
  if (!end.reason.empty()) text.append(" ").append(end.reason);
  log_.ends.push_back(text + (end.clean ? " clean" : ""));
}

WebSocketTest::WebSocketTest() {
  router.add("GET", "/echo", [this](const HttpRequest& request, const HttpExchange& exchange) {
    const auto offered = offered_subprotocols(request);
    const auto chosen = offered.empty() ? std::string_view() : offered.front();
    socket = server->upgrade(request, exchange, origins, chosen, std::make_unique<EchoHandler>(log));
  });
}

WebSocketClient WebSocketTest::connect(const StreamOptions& options, int client_receive_buffer_bytes) {
  auto pair = connect_pair(client_receive_buffer_bytes);
  Accepted accepted;
  accepted.client = pair.client->local();
  accepted.stream = std::make_unique<Stream>(std::move(pair.server), options);
  http.serve(std::move(accepted));
  return WebSocketClient(std::move(pair.client));
}

}  // namespace net

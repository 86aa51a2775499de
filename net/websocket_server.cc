#include "net/websocket_server.h"

#include <string>
#include <utility>

#include "net/stream_group.h"
#include "net/websocket_handshake.h"

namespace net {

WebSocketServer::WebSocketServer(StreamGroup& group, const WebSocketOptions& options)
    : group_(group), options_(options), flush_timer_(group.loop(), [&group] { group.flush(); }) {
  if (options_.strangers) strangers_ = std::make_unique<OctetPool>(options_.key, *options_.strangers);
}

WebSocketServer::~WebSocketServer() = default;

bool WebSocketServer::admits(const HttpRequest& request, const HttpExchange& exchange,
                             const OriginPolicy& origins) {
  if (auto refusal = websocket_refusal(request)) {
    counters_.refused_handshake.add();
    exchange.respond(std::move(*refusal));
    return false;
  }
  if (!origins.allows(request)) {
    counters_.refused_origin.add();
    exchange.respond(refuse_origin(request));
    return false;
  }
  if (draining_) {
    exchange.respond(HttpResponse::problem(503, "the server is about to restart"));
    return false;
  }
  return true;
}

WebSocket* WebSocketServer::upgrade(const HttpRequest& request, const HttpExchange& exchange,
                                    const OriginPolicy& origins, std::string_view subprotocol,
                                    std::unique_ptr<WebSocketHandler> handler) {
  if (!admits(request, exchange, origins)) return nullptr;
  const std::string acceptance = websocket_acceptance(request, subprotocol);
  auto stream = exchange.take_over();
  if (!stream) return nullptr;
  stream->send(base::as_bytes(acceptance), Priority::kControl);
  counters_.opened.add();
  sockets_.emplace_front(*this, std::move(stream), std::move(handler));
  if (strangers_) sockets_.front().hold_from(*strangers_, request.client.ip);
  sockets_.front().start(sockets_.begin());
  return &sockets_.front();
}

void WebSocketServer::flush_soon() {
  if (!in_callback_ && !flush_timer_.deadline()) flush_timer_.arm(base::TimePoint{});  // in the next round
}

void WebSocketServer::close_all(WebSocketCode code, std::string_view reason) {
  draining_ = true;
  for (auto& socket : sockets_) socket.close(code, reason);
}

}  // namespace net

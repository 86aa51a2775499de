// The dialect of `GET /ws`: icebox.v1, a superset of PeerBook's. Wire: docs/signaling.md.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/counter.h"
#include "base/timer_wheel.h"
#include "net/http_exchange.h"
#include "net/websocket_server.h"
#include "signaling/dialects/gate.h"
#include "signaling/dialects/hub_json.h"
#include "signaling/dialects/requests.h"
#include "signaling/dialects/switchboard.h"

namespace signaling::dialects {

// One writer, any reader.
struct WebSocketDialectCounters {
  base::Counter refused;       // not understood, or nobody we know: answered with HTTP
  base::Counter bad_messages;  // not understood, answered with an error
};

// Loop's thread only.
class WebSocketDialect {
 public:
  // Everything passed by reference outlives it.
  WebSocketDialect(net::EventLoop& loop, net::StreamGroup& group, Switchboard& switchboard, Gate& gate,
                   const net::WebSocketOptions& options, net::OriginPolicy origins);
  ~WebSocketDialect();

  // `GET /ws`, as requests.h reads it.
  void serve(const net::HttpRequest& request, const net::HttpExchange& exchange);
  // For connections from now on.
  void change_sockets(const net::WebSocketOptions& options) { server_.change_options(options); }
  void change_origins(net::OriginPolicy origins) { origins_ = std::move(origins); }
  // Credentials of new ICE servers for everyone, after a reload that changed them.
  void refresh_ice_servers();
  // Ends the sessions whose token, or claim, is good no more (4002). To be called after tokens were revoked.
  // Returns whose they were. Looks at all that are here.
  std::vector<PeerId> end_revoked();
  // The same of one peer; whether it was so.
  bool end_revoked(PeerId peer);
  // To `peer`, if it is here and verified: `text` is a frame of JSON without a number, which nobody who is away
  // will miss.
  void tell_verified(PeerId peer, std::string_view text);
  // Every client is told, and no more are taken.
  void close_all(net::WebSocketCode code, std::string_view reason) { server_.close_all(code, reason); }

  [[nodiscard]] const net::WebSocketCounters& sockets() const { return server_.counters(); }
  [[nodiscard]] const WebSocketDialectCounters& counters() const { return counters_; }
  [[nodiscard]] size_t connections() const { return server_.connections(); }

 private:
  class Client;

  void refuse(const net::HttpExchange& exchange, const Denial& denial);
  void open(const net::HttpRequest& request, const WebSocketRequest& asked, const net::HttpExchange& exchange,
            const Pass& pass);
  void push_ice_servers();
  // The client is read again then. It asks for that once, until it is.
  void let_go_later(Client& client, base::TimePoint when);
  void let_go();

  net::EventLoop& loop_;
  Switchboard& switchboard_;
  Gate& gate_;
  net::OriginPolicy origins_;
  WebSocketDialectCounters counters_;
  HubJsonReader reader_;
  std::string writing_;  // of the message under way
  std::unordered_multimap<PeerId, Client*> clients_;
  base::TimerWheel ice_servers_;  // each client's credentials, before they end
  net::Timer ice_servers_timer_;
  std::multimap<base::TimePoint, Client*> held_;  // who sends too fast, by when it is read again
  net::Timer held_timer_;
  net::WebSocketServer server_;  // last: its clients use the others
};

}  // namespace signaling::dialects

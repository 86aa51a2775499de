// The dialect of PeerJS, for its unmodified client. Names without registration: whoever is first has a name
// while connected. Wire and differences from its own server: docs/peerjs.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/counter.h"
#include "base/random.h"
#include "net/http_exchange.h"
#include "net/origin_policy.h"
#include "net/websocket_server.h"
#include "signaling/dialects/peerjs_json.h"
#include "signaling/dialects/switchboard.h"

namespace signaling::dialects {

struct PeerJsOptions {
  std::string key = "peerjs";  // which clients must name; empty: dialect off
  bool discovery = false;      // tells everybody who is connected
  size_t clients = 10'000;
};

// One writer, any reader.
struct PeerJsCounters {
  base::Counter opened;        // clients that were told OPEN
  base::Counter refused;       // clients that were told ERROR instead
  base::Counter ids_taken;     // clients that were told ID-TAKEN
  base::Counter bad_messages;  // not understood, not answered
  base::Counter ignored;       // of a type that clients have no use for
  base::Counter expired;       // EXPIRE said: the receiver did not come, or had no room
};

// Loop's thread only.
class PeerJsDialect {
 public:
  // Everything passed by reference outlives it.
  PeerJsDialect(net::StreamGroup& group, Switchboard& switchboard, base::RandomSource& random,
                const net::WebSocketOptions& sockets, PeerJsOptions options, net::OriginPolicy origins);
  ~PeerJsDialect();

  // Every GET of "/peerjs" and below. 404 while the dialect is off. CORS is the router's.
  void serve(const net::HttpRequest& request, const net::HttpExchange& exchange);
  // Clients are closed if the key is another one. `sockets`: of those that come from now on.
  void change_options(PeerJsOptions options, const net::WebSocketOptions& sockets, net::OriginPolicy origins);
  // Every client is told, and no more are taken.
  void close_all(net::WebSocketCode code, std::string_view reason) { server_.close_all(code, reason); }

  [[nodiscard]] const net::WebSocketCounters& sockets() const { return server_.counters(); }
  [[nodiscard]] const PeerJsCounters& counters() const { return counters_; }
  [[nodiscard]] size_t connections() const { return server_.connections(); }

 private:
  class Client;

  void open(const net::HttpRequest& request, const net::HttpExchange& exchange);
  [[nodiscard]] net::HttpResponse answer(const net::HttpRequest& request);
  [[nodiscard]] bool is_key(std::string_view key) const;

  Switchboard& switchboard_;
  base::RandomSource& random_;
  PeerJsOptions options_;
  net::OriginPolicy origins_;
  PeerJsCounters counters_;
  PeerJsReader reader_;
  std::string writing_;  // of the message under way
  std::unordered_set<Client*> clients_;
  net::WebSocketServer server_;  // last: its clients use the others
};

}  // namespace signaling::dialects

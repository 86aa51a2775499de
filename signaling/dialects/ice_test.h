// The dialect of ice-test (github.com/saule1508/webrtc-lab): messages posted to a name go out as lines of an
// answer that does not end. Names without registration: the last who asks for a name has it.
#pragma once

#include <list>
#include <memory>

#include "base/counter.h"
#include "base/random.h"
#include "net/cors.h"
#include "net/http_exchange.h"
#include "signaling/dialects/switchboard.h"
#include "signaling/refusal.h"

namespace net {
class StreamGroup;
}

namespace signaling::dialects {

// One writer, any reader.
struct IceTestCounters {
  base::Counter received;      // answers begun that do not end
  base::Counter sent;          // messages taken
  base::Counter not_found;     // of them none: nobody had the name
  base::Counter bad_messages;  // answered 400
};

struct IceTestOptions {
  bool on = false;                   // false: every request gets 404
  size_t message_bytes = 64 * 1024;  // the largest that POST /send takes
};

// Loop's thread only.
class IceTestDialect {
 public:
  // Everything passed by reference outlives it.
  IceTestDialect(net::StreamGroup& group, Switchboard& switchboard, base::RandomSource& random,
                 const IceTestOptions& options, net::OriginPolicy origins);
  ~IceTestDialect();

  // GET /receive?id=ID: 200, then each message as one line of JSON, which no proxy shall hold back. Ends
  // after 120 s without any, and when the name is asked for again.
  void receive(const net::HttpRequest& request, const net::HttpExchange& exchange);
  // POST /send {"type","content","to","from"}, strings: 200 once handed over, 404 if nobody receives as `to`.
  void send(const net::HttpRequest& request, const net::HttpExchange& exchange);
  // Turned off, it ends every answer.
  void change_options(const IceTestOptions& options, net::OriginPolicy origins);
  void close_all();

  [[nodiscard]] const IceTestCounters& counters() const { return counters_; }
  [[nodiscard]] size_t connections() const { return receivers_.size(); }

 private:
  class Receiver;
  class Postbox;

  // False, and answered: off, or a page of an origin that may not.
  [[nodiscard]] bool admit(const net::HttpRequest& request, const net::HttpExchange& exchange) const;
  void refuse(const net::HttpExchange& exchange, const Refusal& refusal);

  net::StreamGroup& group_;
  Switchboard& switchboard_;
  IceTestOptions options_;
  net::CorsPolicy cors_;
  IceTestCounters counters_;
  std::unique_ptr<Postbox> postbox_;
  std::list<Receiver> receivers_;
};

}  // namespace signaling::dialects

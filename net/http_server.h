// HTTP/1.1 over connections that somebody else has accepted. Start here for HTTP.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/counter.h"
#include "net/http_parser.h"
#include "net/http_router.h"
#include "net/octet_pool.h"
#include "net/one_port_listener.h"

namespace net {

class HttpConnection;
class StreamGroup;

struct HttpOptions {
  HttpLimits limits;
  // From a request's first octet to its last: 408 after it. Bounds what a client can hold by sending slowly.
  std::chrono::milliseconds request_timeout{20'000};
  // How long a connection without a request stays open.
  std::chrono::milliseconds idle_timeout{60'000};
  // How long a client may take nothing of an answer.
  std::chrono::milliseconds write_timeout{30'000};
  // After the last answer: for octets that are still under way to it.
  std::chrono::milliseconds linger{2'000};
  // What a client holds beyond kStrangerBytes, requests and answers together, comes from here: 503 when it is
  // empty.
  OctetPool::Limits large;
  // For the pool: random, so that strangers cannot choose sources that collide.
  base::SipHashKey key{};
};

// Why a request is answered 429 that HttpServer's Admit does not let pass.
inline constexpr std::string_view kTooManyRequests = "too many requests from this address";

// One writer, any reader.
struct HttpCounters {
  base::Counter connections;
  base::Counter requests;
  base::Counter answers_2xx, answers_3xx, answers_4xx, answers_5xx;
  base::Counter over_budget;  // answered 429, by us
  base::Counter malformed;    // refused by the parser: 400, 413, 414, 431, 501, 505
  base::Counter no_room;      // the pool for large requests was empty: 503, or closed inside an answer
  base::Counter timed_out;    // answered 408
  base::Counter taken_over;
};

// Keep-alive, pipelining answered in order, HEAD, 100-continue, chunked requests. Every answer carries
// Content-Length and X-Content-Type-Options: nosniff; every error is application/problem+json. Loop's thread
// only.
class HttpServer {
 public:
  // Whether a request of this source may be served now; false: 429, and the connection closes. `is_fixed`: an
  // answer that lies in memory, see HttpRouter::add_fixed().
  using Admit = std::function<bool(base::TimePoint now, const base::IpAddress& source, bool is_fixed)>;
  // What is settled of every request before it counts for its source: may correct who asks and how, as
  // proxies tell it, add fields to the answer, and refuse it.
  using Guard =
      std::function<std::optional<HttpResponse>(HttpRequest& request, const HttpExchange& exchange)>;
  // A request is answered with an error, by whomever, but for 404 and 405. `why`: HttpResponse's
  // refused_because. Called from the loop; may not touch the server.
  using Refused = std::function<void(const base::Endpoint& client, uint16_t status, std::string_view why)>;

  // `group` and `router` must outlive the server.
  HttpServer(StreamGroup& group, const HttpRouter& router, const HttpOptions& options, Admit admit = {},
             Refused refused = {});
  // Before the first connection.
  void set_guard(Guard guard) { guard_ = std::move(guard); }
  ~HttpServer();  // closes its connections; exchanges still open are then for nobody
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes the connection over, from ConnectionSink::on_http() for instance.
  void serve(Accepted connection);
  // Every connection closes after the answer it is at, or at once when it is idle (draining).
  void close_idle();

  [[nodiscard]] const HttpCounters& counters() const { return counters_; }
  [[nodiscard]] size_t connections() const { return connections_.size(); }
  // Taken of the pool for large requests.
  [[nodiscard]] size_t large_bytes() const { return large_.taken(); }

 private:
  friend class HttpConnection;

  StreamGroup& group_;
  const HttpRouter& router_;
  const HttpOptions options_;
  const Admit admit_;
  Guard guard_;
  const Refused refused_;
  OctetPool large_;
  HttpCounters counters_;
  std::list<std::shared_ptr<HttpConnection>> connections_;
  bool draining_ = false;
};

}  // namespace net

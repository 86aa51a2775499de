// Which handler answers which method and path.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/cors.h"
#include "net/http_exchange.h"

namespace net {

// Routes are added before the first request. A path given in full goes before a prefix, a longer prefix
// before a shorter; HEAD is served by GET's handler. No route: 404; one, but not for this method: 405 with
// Allow.
class HttpRouter {
 public:
  void add(std::string method, std::string path, HttpHandler handler);
  // Every path that begins with `prefix`: "/whip/" takes "/whip/ID", but not "/whip".
  void add_prefix(std::string method, std::string prefix, HttpHandler handler);

  // GET of a fixed file: its answer lies in memory and costs next to nothing. Requests of such have a budget
  // of their own.
  void add_fixed(std::string path, HttpHandler handler);
  // Of a request for one.
  [[nodiscard]] bool is_fixed(const HttpRequest& request) const;

  // Pages of other origins may use the routes whose path begins with `prefix`; of several, the longest
  // decides. Again for a prefix: in place of its policy, also between requests. Preflights are answered here,
  // OPTIONS that is none goes to its route.
  void allow_cors(std::string prefix, CorsPolicy policy);

  void route(HttpRequest request, HttpExchange exchange) const;
  // For an answer that is given without asking route(): a page that may read the others may read it, too.
  void add_cors_headers(const HttpRequest& request, const HttpExchange& exchange) const;

 private:
  struct Route {
    std::string method;
    std::string path;
    bool is_prefix;
    HttpHandler handler;
    bool is_fixed = false;
  };
  // The path of the routes that fit best; nullptr: none fits.
  [[nodiscard]] const Route* best_for(std::string_view path) const;
  [[nodiscard]] std::string methods_of(const Route& best) const;
  [[nodiscard]] const CorsPolicy* cors_for(std::string_view path) const;

  std::vector<Route> routes_;
  std::vector<std::pair<std::string, CorsPolicy>> cors_;
};

}  // namespace net

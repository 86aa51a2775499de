#include "net/http_router.h"

#include <algorithm>
#include <utility>

namespace net {

void HttpRouter::add(std::string method, std::string path, HttpHandler handler) {
  routes_.push_back({std::move(method), std::move(path), /*is_prefix=*/false, std::move(handler)});
}

void HttpRouter::add_prefix(std::string method, std::string prefix, HttpHandler handler) {
  routes_.push_back({std::move(method), std::move(prefix), /*is_prefix=*/true, std::move(handler)});
}

void HttpRouter::add_fixed(std::string path, HttpHandler handler) {
  routes_.push_back({"GET", std::move(path), /*is_prefix=*/false, std::move(handler), /*is_fixed=*/true});
}

bool HttpRouter::is_fixed(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") return false;
  const Route* const best = best_for(request.path);
  return best != nullptr && best->is_fixed;
}

const HttpRouter::Route* HttpRouter::best_for(std::string_view path) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!route.is_prefix && route.path == path) return &route;
    const bool fits = route.is_prefix && path.starts_with(route.path);
    if (fits && (best == nullptr || route.path.size() > best->path.size())) best = &route;
  }
  return best;
}

std::string HttpRouter::methods_of(const Route& best) const {
  std::string list;
  const auto add = [&list](const std::string& method) { list += (list.empty() ? "" : ", ") + method; };
  for (const Route& route : routes_) {
    if (route.path != best.path || route.is_prefix != best.is_prefix) continue;
    add(route.method);
    if (route.method == "GET") add("HEAD");
  }
  return list;
}

void HttpRouter::allow_cors(std::string prefix, CorsPolicy policy) {
  const auto known = std::ranges::find(cors_, prefix, [](const auto& entry) { return entry.first; });
  if (known == cors_.end()) return void(cors_.emplace_back(std::move(prefix), std::move(policy)));
  known->second = std::move(policy);
}

const CorsPolicy* HttpRouter::cors_for(std::string_view path) const {
  const std::pair<std::string, CorsPolicy>* best = nullptr;
  for (const auto& entry : cors_) {
    if (!path.starts_with(entry.first)) continue;
    if (best == nullptr || entry.first.size() > best->first.size()) best = &entry;
  }
  return best == nullptr ? nullptr : &best->second;
}

void HttpRouter::add_cors_headers(const HttpRequest& request, const HttpExchange& exchange) const {
  if (const auto* const cors = cors_for(request.path)) exchange.add_headers(cors->headers_for(request));
}

void HttpRouter::route(HttpRequest request, HttpExchange exchange) const {
  const Route* const best = best_for(request.path);
  if (const auto* const cors = cors_for(request.path)) {
    exchange.add_headers(cors->headers_for(request));
    const auto preflight = cors->preflight(request, best == nullptr ? "" : methods_of(*best));
    if (preflight) return exchange.respond(*preflight);
  }
  if (best == nullptr) return exchange.respond(HttpResponse::problem(404));
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  const auto serves = [&](const Route& route) {
    return route.path == best->path && route.is_prefix == best->is_prefix && route.method == method;
  };
  if (const auto found = std::ranges::find_if(routes_, serves); found != routes_.end()) {
    return found->handler(std::move(request), std::move(exchange));
  }
  auto refusal = HttpResponse::problem(405);
  refusal.headers.add("Allow", methods_of(*best));
  exchange.respond(std::move(refusal));
}

}  // namespace net

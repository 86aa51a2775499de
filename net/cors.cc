#include "net/cors.h"

namespace net {
namespace {

std::string comma_separated(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

HttpHeaders CorsPolicy::headers_for(const HttpRequest& request) const {
  HttpHeaders headers;
  // What a cache keeps for one page is not for another's.
  if (!origins.allows_all()) headers.add("Vary", "Origin");
  const auto origin = request.headers.find("Origin");
  if (!origin || !(origins.allows_all() || origins.lists(*origin))) return headers;
  headers.add("Access-Control-Allow-Origin", origins.allows_all() ? "*" : std::string(*origin));
  headers.add("Access-Control-Expose-Headers", comma_separated(exposed_headers));
  return headers;
}

std::optional<HttpResponse> CorsPolicy::preflight(const HttpRequest& request,
                                                  const std::string& methods) const {
  if (request.method != "OPTIONS" || !request.headers.find("Origin") ||
      !request.headers.find("Access-Control-Request-Method")) {
    return std::nullopt;
  }
  HttpResponse response{.status = 204, .headers = {}, .body = {}};
  response.headers.add("Access-Control-Allow-Methods", methods);
  response.headers.add("Access-Control-Allow-Headers", comma_separated(request_headers));
  response.headers.add("Access-Control-Max-Age", std::to_string(preflight_lifetime.count()));
  return response;
}

}  // namespace net

// Cross-origin requests of web pages: what a browser lets a foreign page send and read (Fetch §3.2).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "net/http_message.h"
#include "net/origin_policy.h"

namespace net {

// For a group of routes, see HttpRouter::allow_cors(). No credentials are allowed: identity comes in the
// Authorization field, which a page must set itself, and never in a cookie.
struct CorsPolicy {
  OriginPolicy origins;
  // Request fields beside those that are always allowed.
  std::vector<std::string> request_headers = {"Authorization", "Content-Type", "If-Match"};
  // Response fields that the page may read beside those that it always may: what WHIP clients need (RFC 9725
  // §4).
  std::vector<std::string> exposed_headers = {"Location",     "Link",        "ETag",
                                              "Accept-Patch", "Accept-Post", "Retry-After"};
  std::chrono::seconds preflight_lifetime{600};

  // What goes with every answer to `request`. A page from elsewhere gets nothing that lets it read the
  // answer.
  [[nodiscard]] HttpHeaders headers_for(const HttpRequest& request) const;
  // The answer, if `request` is a preflight. `methods`: those of the path, comma-separated.
  [[nodiscard]] std::optional<HttpResponse> preflight(const HttpRequest& request,
                                                      const std::string& methods) const;
};

}  // namespace net

#include "net/origin_policy.h"

#include <algorithm>

namespace net {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

std::string_view without_port(std::string_view authority, std::string_view default_port) {
  if (authority.ends_with(default_port)) authority.remove_suffix(default_port.size());
  return authority;
}

bool is_our_own(const HttpRequest& request, std::string_view origin) {
  const auto host = request.headers.find("Host");
  if (!host || host->empty()) return false;
  const bool is_https = equal_ignoring_case(origin.substr(0, kHttps.size()), kHttps);
  const bool is_http = equal_ignoring_case(origin.substr(0, kHttp.size()), kHttp);
  if (!is_https && !is_http) return false;
  if (is_http && request.secure) return false;
  // Behind a proxy that ends TLS we are plain and the page is not: the page's scheme says what port was left
  // out of either.
  const std::string_view port = is_https ? ":443" : ":80";
  origin.remove_prefix(is_https ? kHttps.size() : kHttp.size());
  return equal_ignoring_case(without_port(origin, port), without_port(*host, port));
}

}  // namespace

bool OriginPolicy::allows(const HttpRequest& request) const {
  const auto origin = request.headers.find("Origin");
  if (!origin || allows_all()) return true;
  return lists(*origin) || is_our_own(request, *origin);
}

bool OriginPolicy::allows_all() const { return std::ranges::find(allowed_, "*") != allowed_.end(); }

bool OriginPolicy::lists(std::string_view origin) const {
  return std::ranges::any_of(allowed_,
                             [&](const auto& allowed) { return equal_ignoring_case(allowed, origin); });
}

}  // namespace net

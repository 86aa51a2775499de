#include "net/origin_policy.h"

#include <algorithm>

namespace net {
namespace {

// The port that the client asked for; nullopt: it cannot be known.
std::optional<uint16_t> asked_port(const HttpRequest& request, const base::Authority& asked,
                                   std::string_view scheme) {
  if (asked.port) return asked.port;
  const auto standard = base::default_port(scheme);
  const bool lost = request.proxied || (request.server.port != 0 && request.server.port != standard);
  return lost ? std::nullopt : std::optional(standard);
}

bool is_our_own(const HttpRequest& request, std::string_view text) {
  const auto origin = base::parse_origin(text);
  const auto asked = base::parse_authority(request.asked_authority());
  if (!origin || !asked || base::default_port(origin->scheme) == 0) return false;
  // Behind a proxy that ends TLS we are plain and the page is not.
  if (origin->scheme == "http" && request.secure) return false;
  return origin->host == asked->host &&
         asked_port(request, *asked, origin->scheme).value_or(origin->port) == origin->port;
}

}  // namespace

OriginPolicy::OriginPolicy(const std::vector<std::string>& allowed) {
  for (const auto& text : allowed) {
    if (auto pattern = base::OriginPattern::parse(text)) allowed_.push_back(*std::move(pattern));
  }
}

bool OriginPolicy::allows(const HttpRequest& request) const {
  const auto origin = request.headers.find("Origin");
  return !origin || lists(*origin) || is_our_own(request, *origin);
}

bool OriginPolicy::allows_all() const {
  return std::ranges::any_of(allowed_, [](const auto& pattern) { return pattern.is_all(); });
}

bool OriginPolicy::lists(std::string_view origin) const {
  return std::ranges::any_of(allowed_, [&](const auto& pattern) { return pattern.matches(origin); });
}

bool OriginPolicy::names_host(std::string_view host) const {
  return std::ranges::any_of(allowed_, [&](const auto& pattern) { return pattern.matches_host(host); });
}

std::string describe_refused_origin(const HttpRequest& request) {
  const auto origin = request.headers.find("Origin").value_or(std::string_view());
  const auto asked = request.asked_authority();
  return "pages of origin \"" + printable(origin) + "\" may not use this server, which was asked as \"" +
         (request.secure ? "https://" : "") + printable(asked) +
         "\"; if a proxy is in front, let it pass the Host on (nginx: proxy_set_header Host $http_host) or "
         "set "
         "signaling.public_url; if the page is meant to be elsewhere, name its origin in "
         "signaling.allowed_origins";
}

HttpResponse refuse_origin(const HttpRequest& request) {
  return HttpResponse::problem(403, describe_refused_origin(request));
}

}  // namespace net

#include "app/request_guard.h"

#include <algorithm>

#include "app/address_scope.h"
#include "web/assets.h"

namespace app {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kHttps = "https://";
constexpr uint16_t kHttpsPort = 443;
constexpr uint16_t kMisdirected = 421;  // RFC 9110 §15.5.20

bool is_from_here(const HttpRequest& request) {
  return scope_of(request.client.ip) == AddressScope::kLoopback;
}

// Whoever watches the server asks by whatever name, and learns nothing.
bool is_health(std::string_view path) { return path == "/healthz" || path == "/readyz"; }

bool is_upgrade(const HttpRequest& request) { return request.headers.has_token("Upgrade", "websocket"); }

// Of a URL, as "https://ice.example.org:8443".
std::string_view origin_of(std::string_view url) {
  const auto host = url.find("://");
  return host == std::string_view::npos ? url : url.substr(0, url.find('/', host + 3));
}

// "/rtc"; empty: none.
std::string_view path_of(std::string_view url) { return url.substr(origin_of(url).size()); }

bool is_localhost(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

HttpResponse redirect(const std::string& location) {
  auto response = HttpResponse::text(307, "go to " + location + "\n");
  response.headers.add("Location", location);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace

Verdict RequestGuard::judge(HttpRequest& request) const {
  Verdict verdict;
  believe_proxy(request, verdict);
  if (verdict.refusal) return verdict;
  if (options_.strict_transport && request.secure && !request.proxied)
    verdict.headers.add("Strict-Transport-Security", "max-age=15552000");
  if (const auto path = path_of(options_.public_url); !path.empty() && request.path == path)
    verdict.refusal = redirect(options_.public_url + "/");  // what the page names is beside it
  take_prefix_off(request);
  // No page elsewhere has a use for our answers but by CORS, which this leaves alone; except that the client asks
  // by /healthz whether anybody is there when its origin is not let in (web/client/http.js).
  verdict.headers.add("Cross-Origin-Resource-Policy",
                      is_health(request.path) ? "cross-origin" : "same-origin");
  if (is_health(request.path)) return verdict;
  judge_host(request, verdict);
  if (!verdict.refusal) judge_transport(request, verdict);
  if (!verdict.refusal) judge_origin(request, verdict);
  return verdict;
}

void RequestGuard::believe_proxy(HttpRequest& request, Verdict& verdict) const {
  if (!net::has_forwarded_fields(request.headers)) return;
  if (!options_.proxies.contains(request.client.ip)) {
    if (request.proxied) return;  // by a PROXY header, which names the client already
    verdict.concern = GuardConcern::kUntrustedProxy;
    verdict.text =
        "it says whom it forwards for and is not believed; if it is a proxy of yours, name it in "
        "limits.forwarded_for_from";
    return;
  }
  const auto forwarded = options_.proxies.read(request.headers, request.client.ip);
  // Whose request it is nobody can say: as the proxy's it would count for no source, and pass for one from here.
  if (forwarded.contradictory || forwarded.malformed) {
    verdict.concern = GuardConcern::kContradictoryProxy;
    verdict.text =
        std::string(forwarded.malformed ? "Forwarded has a quote without end"
                                        : "X-Forwarded-For and Forwarded name different clients") +
        "; let the proxy remove the one that it does not set (nginx: proxy_set_header Forwarded \"\")";
    verdict.refusal = HttpResponse::problem(400, verdict.text);
  }
  verdict.through_proxy = request.proxied = true;
  request.client = {forwarded.client,
                    forwarded.client == request.client.ip ? request.client.port : uint16_t{0}};
  request.tells_scheme = forwarded.secure.has_value();
  request.secure = forwarded.secure.value_or(false);
  request.authority = forwarded.host;
  request.prefix = forwarded.prefix;
}

void RequestGuard::take_prefix_off(HttpRequest& request) const {
  const auto path = path_of(options_.public_url);
  if (path.empty()) return;
  request.prefix = path;
  if (request.path.starts_with(path) && request.path.substr(path.size()).starts_with('/'))
    request.path.erase(0, path.size());
}

// A name that a stranger's DNS server points at us makes his page one of our own in the eyes of its browser
// ("DNS rebinding"); only what the browser calls us tells. An address cannot be pointed elsewhere.
bool RequestGuard::is_our_host(const HttpRequest& request, const Verdict& verdict) const {
  if (request.asked_authority().empty()) return true;  // no browser
  auto asked = base::parse_authority(request.asked_authority());
  if (!asked) return false;
  if (verdict.through_proxy || base::is_ip_literal(*asked)) return true;
  if (asked->host.ends_with('.')) asked->host.pop_back();
  if (is_localhost(asked->host)) return is_from_here(request);
  const auto own = base::parse_origin(origin_of(options_.public_url));
  return (own && own->host == asked->host) || options_.origins.names_host(asked->host) ||
         options_.is_our_name(asked->host);
}

void RequestGuard::judge_host(const HttpRequest& request, Verdict& verdict) const {
  if (is_our_host(request, verdict)) return;
  verdict.concern = GuardConcern::kForeignHost;
  verdict.text = "asked as \"" + net::printable(request.asked_authority()) +
                 "\", which is no name of this server; make it one by signaling.public_url, realm or the "
                 "certificate, or name the proxy that passes it on in limits.forwarded_for_from";
  verdict.refusal = HttpResponse::problem(kMisdirected, verdict.text);
}

std::string RequestGuard::https_base(const HttpRequest& request) const {
  if (options_.public_url.starts_with(kHttps)) return options_.public_url;
  const auto asked = base::parse_authority(request.asked_authority());
  if (!asked) return {};
  auto url = std::string(kHttps) + asked->host;
  // tcp:// listeners take TLS on the same port; behind a proxy nobody knows.
  const auto port = asked->port && !request.proxied ? asked->port : options_.https_port;
  if (port && *port != kHttpsPort && !request.proxied) url += ":" + std::to_string(*port);
  return url + request.prefix;
}

void RequestGuard::judge_transport(const HttpRequest& request, Verdict& verdict) const {
  const bool in_clear = !request.secure && request.tells_scheme;
  if (!in_clear || options_.plain_http || is_from_here(request)) return;
  const auto base = https_base(request);
  const bool is_page = request.method == "GET" || request.method == "HEAD";
  if (is_page && !is_upgrade(request) && web::find(request.path) && !base.empty()) {
    const auto query = request.query.empty() ? std::string() : "?" + request.query;
    verdict.refusal = redirect(base + request.path + query);
    return;
  }
  verdict.concern = GuardConcern::kPlainHttp;
  verdict.text = "plain HTTP would show tokens and invitations to everybody on the way; use " +
                 (base.empty() ? "https" : base + "/") + ", or set limits.plain_http = true";
  verdict.refusal = HttpResponse::problem(403, verdict.text);
}

// Before anything is done for the request: an invitation that a page spends must not be lost because its
// WebSocket is refused afterwards. What a foreign page only reads, CORS keeps from it.
void RequestGuard::judge_origin(const HttpRequest& request, Verdict& verdict) const {
  const bool reads = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  if ((reads && !is_upgrade(request)) || options_.origins.allows(request)) return;
  verdict.concern = GuardConcern::kForeignOrigin;
  verdict.text = net::describe_refused_origin(request);
  verdict.refusal = net::refuse_origin(request);
}

std::string_view event_of(GuardConcern concern) {
  switch (concern) {
    case GuardConcern::kUntrustedProxy:
    case GuardConcern::kContradictoryProxy:
      return "forwarded_not_believed";
    case GuardConcern::kForeignHost:
      return "host_refused";
    case GuardConcern::kPlainHttp:
      return "plain_http_refused";
    case GuardConcern::kForeignOrigin:
      break;
  }
  return "origin_refused";
}

}  // namespace app

#include "app/http_service.h"

#include <algorithm>
#include <cstdint>

#include "app/address_scope.h"
#include "app/appliance.h"
#include "app/guard_options.h"
#include "app/metrics.h"

namespace app {
namespace {

constexpr uint32_t kMetricsConnections = 64;
constexpr std::string_view kTooManyConnections = "too many connections from this address";
// A page is some forty files, and behind one address thirty browsers may load it at once, while a script that
// asks for files without end still gets 1 % of a core.
constexpr uint32_t kFixedPerRequest = 50;

uint32_t fixed_rate_of(uint32_t requests_per_second) {
  return std::min(requests_per_second, UINT32_MAX / kFixedPerRequest) * kFixedPerRequest;
}

net::HttpOptions http_options(const Config& config, const base::SipHashKey& key) {
  net::HttpOptions options;
  options.key = key;
  options.request_timeout = config.limits.first_message_deadline;
  options.idle_timeout = config.limits.idle_deadline;
  // Of POST /send, the only request whose body may be large.
  options.limits.body_bytes = std::max<size_t>(options.limits.body_bytes,
                                               static_cast<size_t>(config.signaling.max_message.bytes) + 1);
  options.large.per_source =
      std::max(options.large.per_source, options.limits.body_bytes + options.limits.header_bytes);
  options.large.in_all = 2 * options.large.per_source;
  return options;
}

// What an operator would change to let it pass; empty where no key says how much is allowed.
std::string_view key_of(uint16_t status, std::string_view why) {
  if (why == net::kTooManyRequests) return "limits.http_requests_per_second";
  if (why == kTooManyConnections) return "limits.connections_per_source";
  return status == 413 ? "signaling.max_message" : "";
}

}  // namespace

HttpService::HttpService(Appliance& appliance, net::StreamGroup& group, net::ConnectionLimiter& limiter,
                         const base::SipHashKey& key)
    : appliance_(appliance),
      group_(group),
      limiter_(limiter),
      budget_(key, appliance.config().limits.http_requests_per_second),
      fixed_budget_(key, fixed_rate_of(appliance.config().limits.http_requests_per_second)),
      metrics_limiter_({kMetricsConnections, kMetricsConnections}, key),
      public_server_(
          group, public_router_, http_options(appliance.config(), key),
          [this](base::TimePoint now, const base::IpAddress& source, bool is_fixed) {
            return admits(now, source, is_fixed);
          },
          [this](const base::Endpoint& client, uint16_t status, std::string_view why) {
            note_refusal(client, status, why);
          }),
      metrics_server_(group, metrics_router_, {}) {
  public_server_.set_guard([this](net::HttpRequest& request, const net::HttpExchange& exchange) {
    return guard(request, exchange);
  });
  add_health(public_router_);
  add_health(metrics_router_);
  metrics_router_.add("GET", "/metrics", [this](const net::HttpRequest&, const net::HttpExchange& exchange) {
    auto response = net::HttpResponse::text(200, metrics_text(appliance_, public_server_.counters()));
    exchange.respond(std::move(response));
  });
}

void HttpService::change_options() {
  const auto& config = appliance_.config();
  std::vector<Listener> listening;
  for (const auto& at : appliance_.listening()) listening.push_back({at.scheme, at.bound});
  guard_ = RequestGuard(guard_options(config, appliance_.facts(), *appliance_.certificate(), listening));
  budget_.set_rate(config.limits.http_requests_per_second);
  fixed_budget_.set_rate(fixed_rate_of(config.limits.http_requests_per_second));
}

std::optional<net::HttpResponse> HttpService::guard(net::HttpRequest& request,
                                                    const net::HttpExchange& exchange) {
  auto verdict = guard_.judge(request);
  exchange.add_headers(verdict.headers);
  if (verdict.concern) tell(verdict, request.client.ip);
  if (verdict.refusal || !verdict.through_proxy) return std::move(verdict.refusal);
  // The connection is the proxy's; what becomes of it is this client's.
  auto lease = limiter_.admit(request.client.ip);
  if (!lease) {
    auto refusal = net::HttpResponse::problem(429, kTooManyConnections);
    refusal.headers.add("Retry-After", "1");
    return refusal;
  }
  request.lease = *std::move(lease);
  return std::nullopt;
}

// Anybody can cause these lines: each kind comes once a minute.
void HttpService::tell(const Verdict& verdict, const base::IpAddress& source) {
  auto& concern = concerns_.at(static_cast<size_t>(*verdict.concern));
  const auto times = concern.alarm.look(appliance_.loop().steady_now(), ++concern.times);
  if (!times) return;
  appliance_.log().warn(event_of(*verdict.concern),
                        {{"source", source.to_string()}, {"times", *times}, {"reason", verdict.text}});
}

void HttpService::note_refusal(const base::Endpoint& client, uint16_t status, std::string_view why) {
  appliance_.refusals().note(appliance_.loop().steady_now(), {.who = {},
                                                              .client = client.ip.to_string(),
                                                              .reason = std::string(why),
                                                              .code = status,
                                                              .key = key_of(status, why)});
}

bool HttpService::admits(base::TimePoint now, const base::IpAddress& source, bool is_fixed) {
  return (is_fixed ? fixed_budget_ : budget_).take(now, source);
}

void HttpService::add_health(net::HttpRouter& router) {
  router.add("GET", "/healthz", [](const net::HttpRequest&, const net::HttpExchange& exchange) {
    exchange.respond(net::HttpResponse::text(200, "ok\n"));
  });
  router.add("GET", "/readyz", [this](const net::HttpRequest&, const net::HttpExchange& exchange) {
    if (appliance_.is_draining())
      return exchange.respond(net::HttpResponse::problem(503, "draining: no new allocations"));
    if (!appliance_.can_relay())
      return exchange.respond(net::HttpResponse::problem(503, "this host has no address to relay from yet"));
    exchange.respond(net::HttpResponse::text(200, "ready\n"));
  });
}

std::expected<void, std::string> HttpService::open_metrics() {
  const auto& listen = appliance_.config().metrics.listen;
  if (!listen) return {};
  net::OnePortOptions options;
  options.endpoint = *listen;
  options.v6_only = !listen->ip.is_unspecified();
  // On loopback only a name that a stranger points at it could make a page read them.
  if (scope_of(listen->ip) == AddressScope::kLoopback) {
    metrics_server_.set_guard([this](net::HttpRequest& request, const net::HttpExchange&) {
      return guard_.judge(request).refusal;
    });
  }
  auto opened = net::OnePortListener::open(group_, options, std::nullopt, metrics_limiter_, *this);
  if (!opened) return std::unexpected("metrics.listen: " + opened.error().text);
  metrics_listener_ = std::move(*opened);
  return {};
}

}  // namespace app

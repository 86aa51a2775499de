#include "app/http_service.h"

#include <algorithm>

#include "app/appliance.h"
#include "app/metrics.h"

namespace app {
namespace {

constexpr uint32_t kMetricsConnections = 64;

net::HttpOptions http_options(const Config& config) {
  net::HttpOptions options;
  options.request_timeout = config.limits.first_message_deadline;
  options.idle_timeout = config.limits.idle_deadline;
  // Of POST /send, the only request whose body may be large.
  options.limits.body_bytes = std::max<size_t>(options.limits.body_bytes,
                                               static_cast<size_t>(config.signaling.max_message.bytes) + 1);
  return options;
}

}  // namespace

HttpService::HttpService(Appliance& appliance, net::StreamGroup& group, const base::SipHashKey& key)
    : appliance_(appliance),
      group_(group),
      budget_(key, appliance.config().limits.http_requests_per_second),
      metrics_limiter_({kMetricsConnections, kMetricsConnections}, key),
      public_server_(
          group, public_router_, http_options(appliance.config()),
          [this](base::TimePoint now, const base::IpAddress& source) { return budget_.take(now, source); }),
      metrics_server_(group, metrics_router_, {}) {
  add_health(public_router_);
  add_health(metrics_router_);
  metrics_router_.add("GET", "/metrics", [this](const net::HttpRequest&, const net::HttpExchange& exchange) {
    auto response = net::HttpResponse::text(200, metrics_text(appliance_));
    exchange.respond(std::move(response));
  });
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
  auto opened = net::OnePortListener::open(group_, options, std::nullopt, metrics_limiter_, *this);
  if (!opened) return std::unexpected("metrics.listen: " + opened.error().text);
  metrics_listener_ = std::move(*opened);
  return {};
}

}  // namespace app

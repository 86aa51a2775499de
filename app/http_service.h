// HTTP of the running server: health on the main ports, metrics on an address of their own.
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "app/growth_alarm.h"
#include "app/request_guard.h"
#include "net/connection_limiter.h"
#include "net/http_router.h"
#include "net/http_server.h"
#include "net/one_port_listener.h"
#include "net/request_budget.h"

namespace app {

class Appliance;

// Control thread only. `group` and `limiter`, of the main ports' connections, outlive it.
class HttpService final : private net::ConnectionSink {
 public:
  HttpService(Appliance& appliance, net::StreamGroup& group, net::ConnectionLimiter& limiter,
              const base::SipHashKey& key);

  // The metrics' own listener, if one is configured. The error is one line with the cure.
  [[nodiscard]] std::expected<void, std::string> open_metrics();
  // A connection of the main ports that speaks HTTP.
  void serve(net::Accepted connection) { public_server_.serve(std::move(connection)); }
  // Of the main ports; for routes added before the first request.
  [[nodiscard]] net::HttpRouter& router() { return public_router_; }
  // Of the configuration, after a reload and once it is known what listens.
  void change_options();

 private:
  struct Concern {
    GrowthAlarm alarm;
    uint64_t times = 0;
  };

  [[nodiscard]] std::optional<net::HttpResponse> guard(net::HttpRequest& request,
                                                       const net::HttpExchange& exchange);
  void tell(const Verdict& verdict, const base::IpAddress& source);
  void add_health(net::HttpRouter& router);
  void note_refusal(const base::Endpoint& client, uint16_t status, std::string_view why);
  [[nodiscard]] bool admits(base::TimePoint now, const base::IpAddress& source, bool is_fixed);
  void on_turn(net::Accepted) override {}  // the metrics' port speaks HTTP only: anything else is closed
  void on_ice_tcp(net::Accepted) override {}
  void on_http(net::Accepted connection) override { metrics_server_.serve(std::move(connection)); }

  Appliance& appliance_;
  net::StreamGroup& group_;
  net::ConnectionLimiter& limiter_;
  RequestGuard guard_;
  std::array<Concern, kGuardConcerns> concerns_;
  net::RequestBudget budget_;
  net::RequestBudget fixed_budget_;  // of the page and its scripts: many at a time, each next to nothing
  net::ConnectionLimiter metrics_limiter_;
  net::HttpRouter public_router_;
  net::HttpRouter metrics_router_;
  net::HttpServer public_server_;
  net::HttpServer metrics_server_;
  std::unique_ptr<net::OnePortListener> metrics_listener_;
};

}  // namespace app

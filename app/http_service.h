// HTTP of the running server: health on the main ports, metrics on an address of their own.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "net/connection_limiter.h"
#include "net/http_router.h"
#include "net/http_server.h"
#include "net/one_port_listener.h"
#include "net/request_budget.h"

namespace app {

class Appliance;

// Control thread only. `group` outlives it.
class HttpService final : private net::ConnectionSink {
 public:
  HttpService(Appliance& appliance, net::StreamGroup& group, const base::SipHashKey& key);

  // The metrics' own listener, if one is configured. The error is one line with the cure.
  [[nodiscard]] std::expected<void, std::string> open_metrics();
  // A connection of the main ports that speaks HTTP.
  void serve(net::Accepted connection) { public_server_.serve(std::move(connection)); }
  // Of the main ports; for routes added before the first request.
  [[nodiscard]] net::HttpRouter& router() { return public_router_; }
  void set_rate(uint32_t requests_per_second) { budget_.set_rate(requests_per_second); }

 private:
  void add_health(net::HttpRouter& router);
  void on_turn(net::Accepted) override {}  // the metrics' port speaks HTTP only: anything else is closed
  void on_ice_tcp(net::Accepted) override {}
  void on_http(net::Accepted connection) override { metrics_server_.serve(std::move(connection)); }

  Appliance& appliance_;
  net::StreamGroup& group_;
  net::RequestBudget budget_;
  net::ConnectionLimiter metrics_limiter_;
  net::HttpRouter public_router_;
  net::HttpRouter metrics_router_;
  net::HttpServer public_server_;
  net::HttpServer metrics_server_;
  std::unique_ptr<net::OnePortListener> metrics_listener_;
};

}  // namespace app

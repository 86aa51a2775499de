#include "app/hub/pages.h"

#include "web/assets.h"

namespace app::hub {
namespace {

// The page needs camera and microphone, and nothing else that browsers ask their user for.
constexpr const char* kPermissionsPolicy =
    "camera=(self), microphone=(self), autoplay=(self), fullscreen=(self), accelerometer=(), bluetooth=(), "
    "display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), midi=(), payment=(), "
    "publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()";

void serve(const web::Asset& asset, const net::HttpRequest& request, const net::HttpExchange& exchange) {
  net::HttpResponse response;
  response.headers.add("ETag", std::string(asset.etag));
  response.headers.add("Cache-Control",
                       std::string(asset.is_versioned ? web::kKeepForever : web::kAskEachTime));
  if (request.headers.has_token("If-None-Match", asset.etag)) {
    response.status = 304;
    return exchange.respond(std::move(response));
  }
  response.headers.add("Content-Type", std::string(asset.content_type));
  response.headers.add("Content-Security-Policy", std::string(web::content_security_policy()));
  response.headers.add("Permissions-Policy", kPermissionsPolicy);
  response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.fixed_body = asset.bytes;
  exchange.respond(std::move(response));
}

}  // namespace

void add_page_routes(net::HttpRouter& router) {
  for (const auto& asset : web::all()) {
    router.add_fixed(std::string(asset.path),
                     [&asset](const net::HttpRequest& request, const net::HttpExchange& exchange) {
                       serve(asset, request, exchange);
                     });
  }
}

}  // namespace app::hub

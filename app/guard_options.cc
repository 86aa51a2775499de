#include "app/guard_options.h"

#include <algorithm>

#include "app/data_dir.h"
#include "app/page_url.h"

namespace app {
namespace {

constexpr uint16_t kHttpsPort = 443;

bool same_name(const std::string& host, const std::string& name) {
  return net::equal_ignoring_case(host, name);
}

// 443 before any other.
std::optional<uint16_t> https_port(const std::vector<Listener>& listening) {
  std::optional<uint16_t> port;
  for (const auto& listener : listening) {
    if (listener.scheme == Scheme::kUdp) continue;
    if (!port || listener.endpoint.port == kHttpsPort) port = listener.endpoint.port;
  }
  return port;
}

}  // namespace

std::vector<std::string> page_origins(const Config& config) {
  auto origins = config.signaling.allowed_origins;
  const auto url = public_url(config);
  if (!url.empty()) origins.push_back(url.substr(0, url.find('/', url.find("://") + 3)));
  return origins;
}

GuardOptions guard_options(const Config& config, const HostFacts& facts, const net::Certificate& certificate,
                           const std::vector<Listener>& listening) {
  GuardOptions options;
  options.proxies = net::TrustedProxies(config.limits.forwarded_for_from);
  options.plain_http = config.limits.plain_http;
  options.strict_transport = !config.tls.certificate.empty() && !config.limits.plain_http;
  options.public_url = public_url(config);
  options.origins = net::OriginPolicy(page_origins(config));
  options.is_our_name = [realm = effective_realm(config), host = facts.host_name,
                         certificate](const std::string& name) {
    return same_name(name, realm) || same_name(name, host) || certificate.covers(name);
  };
  options.https_port = https_port(listening);
  return options;
}

}  // namespace app

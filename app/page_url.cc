#include "app/page_url.h"

#include "app/address_scope.h"
#include "app/relay_addresses.h"

namespace app {
namespace {

constexpr uint16_t kHttpsPort = 443;

// A listener on loopback is for a proxy of this host. Then 443 before other ports, then what requires TLS
// before what merely takes it.
int rank(const Listener& listener) {
  if (listener.endpoint.port == 0) return 0;
  return 1 + (scope_of(listener.endpoint.ip) == AddressScope::kLoopback ? 0 : 4) +
         (listener.endpoint.port == kHttpsPort ? 2 : 0) + (listener.scheme == Scheme::kTls ? 1 : 0);
}

const Listener* best_listener(const Config& config) {
  const Listener* best = nullptr;
  for (const auto& listener : config.listen) {
    if (listener.scheme == Scheme::kUdp) continue;
    if (best == nullptr || rank(listener) > rank(*best)) best = &listener;
  }
  return best;
}

// [::] takes IPv4, too: whose address may be public where that of IPv6 is not.
base::IpAddress reaching_furthest(const Config& config, const HostFacts& facts, const base::IpAddress& own) {
  auto address = advertised_address(config, facts, own);
  if (address.is_unspecified())
    address = base::IpAddress::v4(0x7f000001);  // a host without a network has itself
  if (!own.is_unspecified() || own.is_v4()) return address;
  const auto ipv4 = advertised_address(config, facts, base::IpAddress::v4(0));
  return !ipv4.is_unspecified() && scope_of(ipv4) > scope_of(address) ? ipv4 : address;
}

std::string host_of(const Config& config, const HostFacts& facts, const Listener& listener) {
  if (!config.tls.acme.domains.empty()) return config.tls.acme.domains.front();
  if (!config.tls.certificate.empty() && config.realm.find('.') != std::string::npos) return config.realm;
  const auto address = reaching_furthest(config, facts, listener.endpoint.ip);
  const auto text = base::Endpoint{address, kHttpsPort}.to_string();  // brackets around IPv6
  return text.substr(0, text.rfind(':'));
}

}  // namespace

std::string public_url(const Config& config) {
  auto url = config.signaling.public_url;
  if (url.ends_with('/')) url.pop_back();
  return url;
}

std::expected<std::string, std::string> page_url(const Config& config, const HostFacts& facts) {
  if (!config.signaling.public_url.empty()) return public_url(config);
  const auto* listener = best_listener(config);
  if (listener == nullptr)
    return std::unexpected("nothing in `listen` takes HTTPS; add \"tls://0.0.0.0:443\", or give --url");
  if (listener->endpoint.port == 0)
    return std::unexpected("the port that `listen` leaves to the kernel is not known here; give --url");
  auto url = "https://" + host_of(config, facts, *listener);
  if (listener->endpoint.port != kHttpsPort) url += ":" + std::to_string(listener->endpoint.port);
  return url;
}

}  // namespace app

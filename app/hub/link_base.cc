#include "app/hub/link_base.h"

#include "base/web_origin.h"

namespace app::hub {
namespace {

bool is_loopback(const base::IpAddress& address) {
  constexpr base::IpPrefix kIpv4{base::IpAddress::v4(0x7f000000), 8};
  return kIpv4.contains(address.unmapped()) || address == base::IpAddress::v6(0, 1);
}

bool leads_nowhere(const base::Authority& asked) {
  return asked.host == "localhost" || asked.host.ends_with(".localhost") || base::is_ip_literal(asked);
}

}  // namespace

std::string link_base(const net::HttpRequest& request, const std::string& public_url,
                      const std::string& own_url) {
  if (!public_url.empty()) return public_url;
  const auto asked = base::parse_authority(request.asked_authority());
  if (!asked) return own_url.empty() ? "https://" + request.server.to_string() : own_url;
  const auto found_at = std::string(request.asked_authority()) + request.prefix;
  if (request.secure || !request.tells_scheme) return "https://" + found_at;
  const bool is_ours = is_loopback(request.client.ip) && !request.proxied;
  if (is_ours && leads_nowhere(*asked) && !own_url.empty()) return own_url;
  // A proxy on this host, that nobody told us of, passed the name on: it ends TLS for it, as a rule.
  return (is_ours && !leads_nowhere(*asked) ? "https://" : "http://") + found_at;
}

}  // namespace app::hub

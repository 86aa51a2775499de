#include "app/config/listener_uri.h"

#include <algorithm>

#include <array>
#include <optional>

namespace app {
namespace {

struct SchemeName {
  Scheme scheme;
  std::string_view name;
};
constexpr std::array<SchemeName, 3> kSchemes{
    {{Scheme::kUdp, "udp"}, {Scheme::kTcp, "tcp"}, {Scheme::kTls, "tls"}}};

std::optional<Scheme> find_scheme(std::string_view name) {
  for (const auto& known : kSchemes) {
    if (known.name == name) return known.scheme;
  }
  return std::nullopt;
}

}  // namespace

std::expected<Listener, std::string> parse_listener_uri(std::string_view text) {
  const auto separator = text.find("://");
  const auto scheme = find_scheme(text.substr(0, separator));
  if (separator == std::string_view::npos || !scheme) {
    return std::unexpected(
        "does not start with udp://, tcp:// or tls://; write for example \"udp://0.0.0.0:3478\"");
  }
  const auto endpoint = base::Endpoint::parse(text.substr(separator + 3));
  if (!endpoint) {
    return std::unexpected(
        "has no ADDRESS:PORT after the scheme; write for example \"udp://0.0.0.0:3478\" or "
        "\"tls://[::]:443\"");
  }
  return Listener{*scheme, *endpoint};
}

std::string_view to_string(Scheme scheme) {
  for (const auto& known : kSchemes) {
    if (known.scheme == scheme) return known.name;
  }
  return "?";
}

bool takes_both_families(const Listener& listener, std::span<const Listener> all) {
  const auto& own = listener.endpoint;
  if (!own.ip.is_v6() || !own.ip.is_unspecified()) return false;
  const bool is_udp = listener.scheme == Scheme::kUdp;
  return own.port == 0 || std::ranges::none_of(all, [&](const Listener& other) {
           return other.endpoint.ip.is_v4() && other.endpoint.port == own.port &&
                  (other.scheme == Scheme::kUdp) == is_udp;
         });
}

std::string to_string(const Listener& listener) {
  return std::string(to_string(listener.scheme)) + "://" + listener.endpoint.to_string();
}

}  // namespace app

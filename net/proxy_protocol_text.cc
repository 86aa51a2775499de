// Version 1 of the PROXY protocol: "PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n" (section 2.1).
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "net/proxy_protocol.h"

namespace net {
namespace {

constexpr std::string_view kOpening = "PROXY ";
constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kWords = 5;  // behind PROXY: family, source, destination, their ports
using Words = std::array<std::string_view, kWords>;

// Exactly those, one space between them.
std::optional<Words> split(std::string_view line) {
  Words words;
  for (size_t i = 0; i < kWords; ++i) {
    const auto end = line.find(' ');
    if ((end == std::string_view::npos) != (i + 1 == kWords)) return std::nullopt;
    words[i] = line.substr(0, end);
    line.remove_prefix(std::min(words[i].size() + 1, line.size()));
  }
  return words;
}

std::optional<base::Endpoint> endpoint_of(base::Family family, std::string_view address,
                                          std::string_view port) {
  const auto ip = base::IpAddress::parse(address);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_port = error == std::errc{} && end == port.data() + port.size() && port.size() <= 5;
  if (!ip || ip->family != family || !is_port) return std::nullopt;
  return base::Endpoint{ip->unmapped(), number};
}

}  // namespace

std::expected<std::optional<ProxyHeader>, ProxyError> parse_text_proxy_header(base::Bytes bytes) {
  const auto text = base::as_text(bytes.first(std::min(bytes.size(), kLongestTextProxyHeader)));
  const auto end = text.find(kLineEnd);
  if (end == std::string_view::npos) {
    if (text.size() == kLongestTextProxyHeader) return std::unexpected(ProxyError::kText);
    return std::nullopt;
  }
  ProxyHeader header{.addresses = {}, .header_bytes = end + kLineEnd.size()};
  const auto line = text.substr(kOpening.size(), end - kOpening.size());
  // The receiver must ignore what follows UNKNOWN.
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return header;
  const auto words = split(line);
  if (!words) return std::unexpected(ProxyError::kText);
  const auto& [name, source, destination, source_port, destination_port] = *words;
  if (name != "TCP4" && name != "TCP6") return std::unexpected(ProxyError::kText);
  const auto family = name == "TCP4" ? base::Family::kIpv4 : base::Family::kIpv6;
  const auto client = endpoint_of(family, source, source_port);
  const auto server = endpoint_of(family, destination, destination_port);
  if (!client || !server) return std::unexpected(ProxyError::kText);
  header.addresses = ProxiedAddresses{*client, *server};
  return header;
}

}  // namespace net

#include "base/web_origin.h"

#include <algorithm>
#include <charconv>

#include "base/address.h"

namespace base {
namespace {

constexpr std::string_view kSeparator = "://";
constexpr std::string_view kExample = "write for example \"https://app.example.org\", without a path";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return lower;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

bool is_scheme(std::string_view text) {
  const auto fits = [](char c) { return is_host_character(c) || c == '+'; };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool is_host(std::string_view host) {
  if (host.starts_with('['))
    return host.ends_with(']') && host.find('.') == std::string_view::npos &&
           IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
  return !host.empty() && std::ranges::all_of(host, is_host_character);
}

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

// Host and what stands behind its colon; nullopt for the port: no colon.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view authority) {
  const auto from = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = authority.find(':', std::min(from, authority.size()));
  if (colon == std::string_view::npos) return {authority, std::nullopt};
  return {authority.substr(0, colon), authority.substr(colon + 1)};
}

std::unexpected<std::string> never(std::string_view why) {
  return std::unexpected("which " + std::string(why) + "; " + std::string(kExample));
}

std::string_view fault_of_scheme(std::string_view scheme) {
  if (scheme == "ws" || scheme == "wss") return "no browser sends: origins of pages begin with http or https";
  return is_scheme(scheme) ? std::string_view() : "is no origin";
}

std::string_view fault_of_host(std::string_view host) {
  if (host.find('*') != std::string_view::npos)
    return "has a star where none can be: it stands for the first names, as in \"https://*.example.org\"";
  return is_host(host) ? std::string_view()
                       : "is no origin: browsers send host names in ASCII (\"xn--\"), IPv6 in brackets";
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const auto [host, port_text] = split(text);
  if (!is_host(host)) return std::nullopt;
  if (!port_text || port_text->empty()) return Authority{lower_case(host), std::nullopt};
  const auto port = parse_port(*port_text);
  return port ? std::optional(Authority{lower_case(host), port}) : std::nullopt;
}

bool is_ip_literal(const Authority& authority) {
  return authority.host.starts_with('[') || IpAddress::parse(authority.host).has_value();
}

uint16_t default_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  return scheme == "http" ? 80 : 0;
}

std::optional<WebOrigin> parse_origin(std::string_view text) {
  const auto end = text.find(kSeparator);
  if (end == std::string_view::npos || !is_scheme(text.substr(0, end))) return std::nullopt;
  const auto authority = parse_authority(text.substr(end + kSeparator.size()));
  if (!authority) return std::nullopt;
  WebOrigin origin{lower_case(text.substr(0, end)), authority->host, 0};
  origin.port = authority->port.value_or(default_port(origin.scheme));
  return origin;
}

std::expected<OriginPattern, std::string> OriginPattern::parse(std::string_view text) {
  OriginPattern pattern;
  if (text == "*" || text == "null" || text == "file://") {
    pattern.kind_ = text == "*" ? Kind::kAll : text == "null" ? Kind::kNull : Kind::kFile;
    return pattern;
  }
  const auto end = text.find(kSeparator);
  if (end == std::string_view::npos) return never("is no origin");
  pattern.origin_.scheme = lower_case(text.substr(0, end));
  if (const auto fault = fault_of_scheme(pattern.origin_.scheme); !fault.empty()) return never(fault);
  auto [host, port] = split(text.substr(end + kSeparator.size()));
  if (text.find_first_of("/?# @", end + kSeparator.size()) != std::string_view::npos)
    return never("is no origin");
  pattern.below_ = host.starts_with("*.") && host.size() > 2;
  if (pattern.below_) host.remove_prefix(1);
  if (const auto fault = fault_of_host(host); !fault.empty()) return never(fault);
  pattern.origin_.host = lower_case(host);
  pattern.any_port_ = port == "*";
  pattern.origin_.port = default_port(pattern.origin_.scheme);
  if (!port || pattern.any_port_) return pattern;
  const auto number = parse_port(*port);
  if (!number) return never("has a port that is none");
  if (*number == pattern.origin_.port) return never("no browser sends: it leaves out the scheme's own port");
  pattern.origin_.port = *number;
  return pattern;
}

bool OriginPattern::matches(std::string_view origin) const {
  if (kind_ == Kind::kAll) return true;
  if (kind_ == Kind::kNull) return origin == "null";
  if (kind_ == Kind::kFile) return origin == "file://";
  const auto page = parse_origin(origin);
  return page && page->scheme == origin_.scheme && matches_host(page->host) &&
         (any_port_ || page->port == origin_.port);
}

bool OriginPattern::matches_host(std::string_view host) const {
  if (kind_ != Kind::kOrigin) return false;
  if (!below_) return host == origin_.host;
  return host.size() > origin_.host.size() && host.ends_with(origin_.host);
}

}  // namespace base

#include "net/forwarded.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/web_origin.h"

namespace net {
namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";
constexpr std::string_view kForwarded = "Forwarded";

// One hop, as the proxy that appended it tells.
struct Hop {
  std::optional<base::IpAddress> from;  // nullopt: hidden ("unknown", "_name") or no address
  std::string proto;
  std::string host;
};
using Hops = std::vector<Hop>;

// 203.0.113.9, 203.0.113.9:4711, 2001:db8::1, [2001:db8::1] or [2001:db8::1]:4711.
std::optional<base::IpAddress> parse_node(std::string_view text) {
  if (const auto endpoint = base::Endpoint::parse(text)) return endpoint->ip.unmapped();
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto address = base::IpAddress::parse(text);
  return address ? std::optional(address->unmapped()) : std::nullopt;
}

// The items of all fields of that name, which together are one list (RFC 9110 §5.3).
std::vector<std::string_view> items_of(const HttpHeaders& headers, std::string_view name) {
  std::vector<std::string_view> items;
  for (const auto& [field, value] : headers.fields()) {
    if (!equal_ignoring_case(field, name)) continue;
    const auto more = list_items(value);
    items.insert(items.end(), more.begin(), more.end());
  }
  return items;
}

// The value that belongs to the hop so far from the end of its list. Proxies that set a field in place of
// appending to it leave one value, the outermost's or their own.
std::string value_at(const std::vector<std::string_view>& items, size_t from_end) {
  if (items.empty()) return {};
  return std::string(from_end < items.size() ? items[items.size() - 1 - from_end] : items.front());
}

// Cuts the part before `separator` off the front; none that stands in a quoted string. nullopt: a quoted
// string without an end.
std::optional<std::string_view> next_part(std::string_view& rest, char separator) {
  bool quoted = false;
  for (size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (quoted && rest[at] == '\\') ++at;
    if (quoted || at >= rest.size() || rest[at] != separator) continue;
    const auto part = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return part;
  }
  if (quoted) return std::nullopt;
  return std::exchange(rest, {});
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A token, or a quoted string without its quotes.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::string(value);
  std::string text;
  for (size_t at = 1; at + 1 < value.size(); ++at) {
    if (value[at] == '\\' && at + 2 < value.size()) ++at;
    text += value[at];
  }
  return text;
}

// for=192.0.2.60;proto=https;host=ice.example.org (RFC 7239 §4)
std::optional<Hop> parse_element(std::string_view element) {
  Hop hop;
  while (!element.empty()) {
    const auto pair = next_part(element, ';');
    if (!pair) return std::nullopt;
    const auto equals = std::min(pair->find('='), pair->size());
    const auto name = trimmed(pair->substr(0, equals));
    const auto value = unquoted(trimmed(pair->substr(std::min(equals + 1, pair->size()))));
    if (equal_ignoring_case(name, "for")) hop.from = parse_node(value);
    if (equal_ignoring_case(name, "proto")) hop.proto = value;
    if (equal_ignoring_case(name, "host")) hop.host = value;
  }
  return hop;
}

// nullopt: a quote without end.
std::optional<Hops> hops_of_forwarded(const HttpHeaders& headers) {
  Hops hops;
  for (const auto& [field, value] : headers.fields()) {
    if (!equal_ignoring_case(field, kForwarded)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto element = next_part(rest, ',');
      if (!element) return std::nullopt;
      const auto text = trimmed(*element);
      if (text.empty()) continue;
      auto hop = parse_element(text);
      if (!hop) return std::nullopt;
      hops.push_back(*std::move(hop));
    }
  }
  return hops;
}

Hops hops_of_forwarded_for(const HttpHeaders& headers) {
  const auto addresses = items_of(headers, kForwardedFor);
  const auto protos = items_of(headers, "X-Forwarded-Proto");
  const auto hosts = items_of(headers, "X-Forwarded-Host");
  Hops hops;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const size_t from_end = addresses.size() - 1 - i;
    hops.push_back({parse_node(addresses[i]), value_at(protos, from_end), value_at(hosts, from_end)});
  }
  // A proxy that tells how it was asked, and not by whom.
  if (hops.empty() && !(protos.empty() && hosts.empty()))
    hops.push_back({std::nullopt, value_at(protos, 0), value_at(hosts, 0)});
  return hops;
}

// Some say it in the scheme of WebSockets.
std::optional<bool> is_secure(std::string_view proto) {
  if (equal_ignoring_case(proto, "https") || equal_ignoring_case(proto, "wss")) return true;
  if (equal_ignoring_case(proto, "http") || equal_ignoring_case(proto, "ws")) return false;
  return std::nullopt;
}

// What goes into links.
std::string host_of(std::string_view text, const HttpHeaders& headers, std::optional<bool> secure) {
  const auto authority = base::parse_authority(text);
  if (!authority) return {};
  std::string host = authority->host;
  if (authority->port) return host + ":" + std::to_string(*authority->port);
  const auto port = base::parse_authority("p:" + value_at(items_of(headers, "X-Forwarded-Port"), 0));
  const bool standard = !port || !port->port || *port->port == (secure.value_or(true) ? 443 : 80);
  return standard ? host : host + ":" + std::to_string(*port->port);
}

std::string prefix_of(const HttpHeaders& headers) {
  auto prefix = value_at(items_of(headers, "X-Forwarded-Prefix"), 0);
  while (prefix.ends_with('/')) prefix.pop_back();
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~").find(c) != std::string_view::npos;
  };
  const bool is_path = prefix.starts_with('/') && !prefix.starts_with("//");
  return is_path && std::ranges::all_of(prefix, fits) ? prefix : std::string();
}

}  // namespace

bool has_forwarded_fields(const HttpHeaders& headers) {
  return headers.find(kForwardedFor) || headers.find(kForwarded) || headers.find("X-Forwarded-Proto") ||
         headers.find("X-Forwarded-Host");
}

bool TrustedProxies::contains(const base::IpAddress& address) const {
  return std::ranges::any_of(prefixes_, [&](const auto& prefix) { return prefix.contains(address); });
}

Forwarded TrustedProxies::read(const HttpHeaders& headers, const base::IpAddress& peer) const {
  const auto client_of = [&](const Hops& hops) {
    Forwarded seen{.client = peer, .secure = {}, .host = {}, .prefix = {}};
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      if (const auto secure = is_secure(hop->proto)) seen.secure = secure;
      if (!hop->host.empty()) seen.host = hop->host;
      if (!hop->from) break;
      seen.client = *hop->from;
      if (!contains(seen.client)) break;
    }
    return seen;
  };
  const auto standard = hops_of_forwarded(headers);
  const auto usual = hops_of_forwarded_for(headers);
  auto forwarded = client_of(usual.empty() && standard ? *standard : usual);
  forwarded.malformed = !standard;
  if (standard && headers.find(kForwarded) && headers.find(kForwardedFor))
    forwarded.contradictory = client_of(*standard).client != forwarded.client;
  if (forwarded.malformed || forwarded.contradictory) forwarded.client = peer;
  forwarded.host = host_of(forwarded.host, headers, forwarded.secure);
  forwarded.prefix = prefix_of(headers);
  return forwarded;
}

}  // namespace net

// Web origins and authorities as text (RFC 6454 §6.2, RFC 3986 §3.2), and patterns of origins. Plain values;
// safe from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// "ice.example.org:8443" or "[2001:db8::1]".
struct Authority {
  std::string host;  // lower case; IPv6 in brackets
  std::optional<uint16_t> port;

  bool operator==(const Authority&) const = default;
};

// nullopt: user information, a path, or octets that no host name has.
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text);
// An IP address, which no DNS server can point elsewhere.
[[nodiscard]] bool is_ip_literal(const Authority& authority);

struct WebOrigin {
  std::string scheme;  // lower case
  std::string host;    // as in Authority
  uint16_t port = 0;   // that of the scheme if none is written; 0: neither

  bool operator==(const WebOrigin&) const = default;
};

// "https://ice.example.org". nullopt: anything else, "null" too.
[[nodiscard]] std::optional<WebOrigin> parse_origin(std::string_view text);
// 443 of https, 80 of http, 0 of others.
[[nodiscard]] uint16_t default_port(std::string_view scheme);

// Which origins an operator means: one origin, "https://*.example.org" (every name below example.org, not
// itself), "http://localhost:*" (every port), "null" (sandboxed pages and files), "*" (all).
class OriginPattern {
 public:
  // The error is what no browser would ever send, with the cure, to follow "KEY has "TEXT", ".
  [[nodiscard]] static std::expected<OriginPattern, std::string> parse(std::string_view text);

  // `origin` as the field Origin has it.
  [[nodiscard]] bool matches(std::string_view origin) const;
  // `host` is that of an origin which this matches; never for "*", which names no host.
  [[nodiscard]] bool matches_host(std::string_view host) const;
  [[nodiscard]] bool is_all() const { return kind_ == Kind::kAll; }

 private:
  enum class Kind : uint8_t { kAll, kNull, kFile, kOrigin };

  Kind kind_ = Kind::kOrigin;
  WebOrigin origin_;
  bool any_port_ = false;
  bool below_ = false;  // origin_.host begins with the dot that stands behind the star
};

}  // namespace base

// HTTP requests and responses as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"

namespace net {

// Header fields in the order they came or go. Names compare without case (RFC 9110 §5.1).
class HttpHeaders {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // The first field of that name; nullopt: there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // True if the comma-separated list in any field of that name has `token` (Connection, Upgrade; RFC 9110
  // §5.6.1).
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/a%20b?x=1"
  std::string
      path;  // of the target, percent-decoded: "/a b". No "." or ".." segments, no NUL: those are refused
  std::string query;  // of the target, undecoded, without '?'
  HttpHeaders headers;
  std::string body;
  base::Endpoint client;
  base::Endpoint server;
  bool secure = false;       // over TLS
  bool is_http_1_0 = false;  // there is no 1.1 to switch from

  // A parameter of the query, decoded; nullopt: absent.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  // The token of "Authorization: Bearer TOKEN" (RFC 6750 §2.1).
  [[nodiscard]] std::optional<std::string_view> bearer_token() const;
};

struct HttpResponse {
  uint16_t status = 200;
  HttpHeaders headers;  // Content-Length, Connection and X-Content-Type-Options are set for the handler
  std::string body;

  [[nodiscard]] static HttpResponse text(uint16_t status, std::string body);
  [[nodiscard]] static HttpResponse json(uint16_t status, std::string body);
  // application/problem+json (RFC 9457 §3): status, its standard title, and what this request got wrong.
  // `detail` is valid UTF-8 of ours: nothing that a client sent is ever echoed.
  [[nodiscard]] static HttpResponse problem(uint16_t status, std::string_view detail = {});
};

// Percent-decoding (RFC 3986 §2.1); '+' is a space where `plus_is_space` (a query). nullopt: a broken escape
// or a NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
// The items of a comma-separated list that are not empty, in order (RFC 9110 §5.6.1). Views into `list`.
[[nodiscard]] std::vector<std::string_view> list_items(std::string_view list);

}  // namespace net

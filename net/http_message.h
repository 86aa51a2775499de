// HTTP requests and responses as values.
#pragma once

#include <cstdint>
#include <memory>
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
  // Who asks, whom, and how, as the client sees it. Of a connection that a proxy passed on (`proxied`) that
  // is what the proxy says; `secure` is then false as well if it says nothing of TLS (`tells_scheme` false).
  base::Endpoint client;
  base::Endpoint server;
  bool secure = false;  // over TLS
  bool proxied = false;
  bool tells_scheme = true;
  std::string authority;  // "ice.example.org:8443", if it is not that of Host; else empty
  std::string prefix;     // what stands in front of our paths in the client's URL: "/rtc"; empty: nothing
  std::shared_ptr<void> lease;  // what counts the client, if the connection leaves HTTP; may be null
  bool is_http_1_0 = false;     // there is no 1.1 to switch from

  // A parameter of the query, decoded; nullopt: absent.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  // Whom the client meant to ask: `authority`, or the field Host; empty: it does not say.
  [[nodiscard]] std::string_view asked_authority() const;
  // The token of "Authorization: Bearer TOKEN" (RFC 6750 §2.1).
  [[nodiscard]] std::optional<std::string_view> bearer_token() const;
};

struct HttpResponse {
  uint16_t status = 200;
  HttpHeaders headers;  // Content-Length, Connection and X-Content-Type-Options are set for the handler
  std::string body;     // one larger than HttpOptions::large may be cut off, if its client reads slowly
  // In place of `body`: octets that live as long as the program, and are not copied.
  std::string_view fixed_body;
  std::string refused_because;  // of a problem its detail: for the log, not sent

  [[nodiscard]] static HttpResponse text(uint16_t status, std::string body);
  [[nodiscard]] static HttpResponse json(uint16_t status, std::string body);
  // application/problem+json (RFC 9457 §3): status, its standard title, and what this request got wrong.
  // `detail` is valid UTF-8 of ours. What a client sent goes into it only by printable().
  [[nodiscard]] static HttpResponse problem(uint16_t status, std::string_view detail = {});
};

// Percent-decoding (RFC 3986 §2.1); '+' is a space where `plus_is_space` (a query). nullopt: a broken escape
// or a NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// What may be shown of a field that a client sent: printable ASCII, "?" for other octets, at most 100 of
// them.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
// The items of a comma-separated list that are not empty, in order (RFC 9110 §5.6.1). Views into `list`.
[[nodiscard]] std::vector<std::string_view> list_items(std::string_view list);

}  // namespace net

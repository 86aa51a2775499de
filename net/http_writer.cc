#include "net/http_writer.h"

#include <algorithm>
#include <string>

#include "net/http_status.h"

namespace net {
namespace {

// Interim answers, 204 and 304 have none, whatever the handler says (RFC 9112 §6.3).
bool has_body(uint16_t status) { return status >= 200 && status != 204 && status != 304; }

bool is_clean(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// Framing is ours to say: a second Content-Length of a handler's would make two answers of one.
bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding") ||
         equal_ignoring_case(name, "Connection");
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void write_response(const HttpResponse& response, const HttpFraming& framing, ByteQueue& out) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers.fields()) {
    if (!is_framing(name) && is_clean(name) && is_clean(value)) append_field(head, name, value);
  }
  if (has_body(response.status))
    append_field(head, "Content-Length", std::to_string(response.body.size() + response.fixed_body.size()));
  if (response.headers.find("Upgrade")) append_field(head, "Connection", "upgrade");  // RFC 9110 §7.8
  if (!framing.keep_alive) append_field(head, "Connection", "close");
  if (framing.keep_alive && framing.is_http_1_0) append_field(head, "Connection", "keep-alive");
  append_field(head, "X-Content-Type-Options", "nosniff");
  out.append(base::as_bytes(head.append("\r\n")));
  if (has_body(response.status) && !framing.is_head) out.append(base::as_bytes(response.body));
}

}  // namespace net

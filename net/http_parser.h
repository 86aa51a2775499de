// HTTP/1.1 requests from a stream of octets. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "net/http_message.h"

namespace net {

struct HttpLimits {
  size_t header_bytes = 16 * 1024;  // request line and fields together: 431 above
  size_t target_bytes = 8 * 1024;   // 414 above; at least 8000 (RFC 9112 §3)
  uint32_t fields = 100;            // of the header, and of what follows the last chunk: 431 above
  size_t body_bytes = 256 * 1024;   // after chunked coding is taken off: 413 above
};

// Why a request cannot be served, as the answer to it. The connection is out of step afterwards and must
// close.
struct HttpParseError {
  uint16_t status;
  std::string_view detail;
};

// One request. Content-Length and chunked bodies; whatever two readers could take for different lengths is
// refused (RFC 9112 §6.3, §11.2). Boost.Beast inside. Use from one thread at a time.
class HttpParser {
 public:
  explicit HttpParser(const HttpLimits& limits);
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  // Returns how many octets at the front of `bytes` are done with; the others must come again, with more
  // behind them, unless is_done(). Of a header section none is before all have come: until then the parser
  // holds nothing.
  [[nodiscard]] std::expected<size_t, HttpParseError> feed(base::Bytes bytes);
  [[nodiscard]] bool is_done() const;
  // Held of the request: its header's octets, once whole, and room for its body.
  [[nodiscard]] size_t held_bytes() const;
  // The client waits for "100 Continue" before it sends the body (RFC 9110 §10.1.1).
  [[nodiscard]] bool expects_continue() const;
  // May another request follow (RFC 9112 §9.3)? Once the header is read.
  [[nodiscard]] bool keeps_alive() const;
  [[nodiscard]] bool is_http_1_0() const;
  // What is known of the request once its header is, though it may be refused for its body; else nullptr. Without
  // body, client, server and secure.
  [[nodiscard]] const HttpRequest* known() const;
  // Once, when is_done(). Without client, server and secure.
  [[nodiscard]] HttpRequest take();

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

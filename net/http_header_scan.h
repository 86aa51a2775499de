// Where a request's header section ends, and whether it keeps its bounds, before anybody takes it apart.
// Pure; internal to net.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.h"
#include "net/http_parser.h"

namespace net {

// One header section. Use from one thread at a time.
class HttpHeaderScan {
 public:
  explicit HttpHeaderScan(const HttpLimits& limits) : limits_(limits) {}

  // `bytes`: all that has come from the request line on; each call's begin with those of the call before. The
  // octets of the section, its empty line included; nullopt: its end has not come. Each octet is looked at
  // once. Refused: too much of it, too many fields, a folded line (RFC 9112 §5.2), an end of a line without
  // CR (§2.2).
  [[nodiscard]] std::expected<std::optional<size_t>, HttpParseError> look(base::Bytes bytes);

 private:
  [[nodiscard]] HttpParseError too_large(base::Bytes bytes) const;

  HttpLimits limits_;
  size_t line_at_ = 0;  // where the line begins that is looked at
  size_t seen_bytes_ = 0;
  uint32_t lines_ = 0;  // whole ones
};

// Octets around a chunk, or behind the last one (RFC 9112 §7.1): the same rules.
[[nodiscard]] std::optional<HttpParseError> fault_of_trailer(base::Bytes bytes, const HttpLimits& limits);

}  // namespace net

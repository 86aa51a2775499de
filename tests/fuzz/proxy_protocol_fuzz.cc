// Any octets: no read outside them, an answer within the longest header, and the same one when they come in
// parts.
#include <cstdint>

#include "net/proxy_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Bytes bytes(data, size);
  const auto whole = net::parse_proxy_header(bytes);
  if (!whole) return net::describe(whole.error()).empty() ? __builtin_trap(), 1 : 0;
  if (!*whole) {
    if (size >= net::kLongestProxyHeader) __builtin_trap();
    return 0;
  }
  const size_t header_bytes = (*whole)->header_bytes;
  if (header_bytes > size || header_bytes > net::kLongestProxyHeader) __builtin_trap();
  for (size_t cut = 0; cut < header_bytes; ++cut) {
    const auto part = net::parse_proxy_header(bytes.first(cut));
    if (!part || *part) __builtin_trap();
  }
  return 0;
}

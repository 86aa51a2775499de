// Any octets as a connection's requests: what comes out does not depend on how the octets were cut, every
// limit holds.
#include <cstdint>
#include <string>
#include <vector>

#include "net/http_parser.h"

namespace {

constexpr net::HttpLimits kLimits{.header_bytes = 512, .target_bytes = 128, .fields = 12, .body_bytes = 64};
// Beast's string keeps room for a little more than it has.
constexpr size_t kMostHeldBytes = kLimits.header_bytes + 2 * kLimits.body_bytes;

// Everything that a handler would see, and how it ended.
std::string outcome(base::Bytes stream, size_t first_part) {
  std::string seen;
  net::HttpParser parser(kLimits);
  std::vector<uint8_t> unread;
  for (const auto part : {stream.first(first_part), stream.subspan(first_part)}) {
    unread.insert(unread.end(), part.begin(), part.end());
    size_t consumed = 0;
    while (consumed < unread.size()) {
      const auto used = parser.feed(base::Bytes(unread).subspan(consumed));
      if (!used) return seen + "refused " + std::to_string(used.error().status);
      if (*used > unread.size() - consumed) __builtin_trap();
      consumed += *used;
      if (parser.held_bytes() > kMostHeldBytes) __builtin_trap();
      if (!parser.is_done()) break;
      const auto request = parser.take();
      if (request.body.size() > kLimits.body_bytes || request.target.size() > kLimits.target_bytes)
        __builtin_trap();
      if (request.headers.fields().size() > kLimits.fields) __builtin_trap();
      for (const auto& [name, value] : request.headers.fields())
        if (value.find_first_of("\r\n") != std::string::npos) __builtin_trap();
      (void)request.parameter("x");
      (void)request.bearer_token();
      seen += request.method + ' ' + request.path + '?' + request.query + '\n' + request.body + '\n';
      parser = net::HttpParser(kLimits);
    }
    unread.erase(unread.begin(), unread.begin() + static_cast<ptrdiff_t>(consumed));
    if (unread.size() > kLimits.header_bytes) __builtin_trap();
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const base::Bytes stream(data + 1, size - 1);
  const auto whole = outcome(stream, stream.size());
  const auto split = outcome(stream, stream.size() * data[0] / 256);
  // Beast looks for faults at once in what comes first, and later only when the header is whole: a refusal
  // may come sooner or later, or by another name. What was served before it may not differ.
  if (whole.substr(0, whole.find("refused")) != split.substr(0, split.find("refused"))) __builtin_trap();
  return 0;
}

// Any octets as the fields of proxies, one line each: an address of the list or the proxy's own, nothing in a
// host or a prefix that could end a link, and with the true client appended by a proxy always that client,
// whatever stands before it.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/web_origin.h"
#include "net/forwarded.h"

namespace {

const base::IpAddress kProxy = base::IpAddress::v4(0xc0000201);
const base::IpAddress kClient = base::IpAddress::v4(0xcb007109);

// "F:.." Forwarded, "f:.." X-Forwarded-For, "p", "h", "o", "x" the others.
void add_field(net::HttpHeaders& headers, std::string_view line) {
  if (line.size() < 2) return;
  const char* const name = line[0] == 'F'   ? "Forwarded"
                           : line[0] == 'f' ? "X-Forwarded-For"
                           : line[0] == 'p' ? "X-Forwarded-Proto"
                           : line[0] == 'h' ? "X-Forwarded-Host"
                           : line[0] == 'o' ? "X-Forwarded-Port"
                                            : "X-Forwarded-Prefix";
  headers.add(name, std::string(line.substr(2)));
}

bool is_unfit(char c) {
  return c <= ' ' || c > '~' || c == '"' || c == '<' || c == '\\' || c == '@' || c == '#';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const net::TrustedProxies trusted({base::IpPrefix{kProxy, 32}});
  net::HttpHeaders headers;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  bool has_forwarded = false;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    has_forwarded = has_forwarded || rest[0] == 'F';
    add_field(headers, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto read = trusted.read(headers, kProxy);
  if (std::ranges::any_of(read.host, is_unfit) || std::ranges::any_of(read.prefix, is_unfit))
    __builtin_trap();
  if (!read.host.empty() && !base::parse_authority(read.host)) __builtin_trap();
  if (!read.prefix.empty() && (read.prefix[0] != '/' || read.prefix.ends_with('/'))) __builtin_trap();
  if (has_forwarded) return 0;  // another list, with an end of its own
  headers.add("X-Forwarded-For", "203.0.113.9");
  if (trusted.read(headers, kProxy).client != kClient) __builtin_trap();
  return 0;
}

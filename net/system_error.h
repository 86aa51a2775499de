// What the kernel refused, in words that an operator can act on.
#pragma once

#include <string>
#include <string_view>

namespace net {

struct SystemError {
  int code = 0;      // errno
  std::string text;  // what failed, on which address, and the cure
};

// "udp 192.0.2.1:443: bind: Permission denied; ports below 1024 need CAP_NET_BIND_SERVICE". `subject` names
// the protocol and address, `deed` the call that failed.
[[nodiscard]] SystemError system_error(int code, std::string_view subject, std::string_view deed);

}  // namespace net

#include "net/system_error.h"

#include <cerrno>
#include <system_error>

namespace net {
namespace {

std::string_view cure_of(int code) {
  switch (code) {
    case EACCES:
      return "; ports below 1024 need CAP_NET_BIND_SERVICE or root";
    case EADDRINUSE:
      return "; another program holds the address: stop it or choose another port";
    case EADDRNOTAVAIL:
      return "; no interface has this address: give one of this host or 0.0.0.0 or [::]";
    case EAFNOSUPPORT:
      return "; this kernel has no IPv6: remove the IPv6 address or enable IPv6";
    case EMFILE:
      return "; raise LimitNOFILE (ulimit -n)";
    case ENFILE:
      return "; raise the sysctl fs.file-max";
    case ENOBUFS:
    case ENOMEM:
      return "; the kernel is out of socket memory: lower the buffer sizes or add memory";
    default:
      return "";
  }
}

}  // namespace

SystemError system_error(int code, std::string_view subject, std::string_view deed) {
  std::string text(subject);
  text.append(": ")
      .append(deed)
      .append(": ")
      .append(std::generic_category().message(code))
      .append(cure_of(code));
  return {code, std::move(text)};
}

}  // namespace net

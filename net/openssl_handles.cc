#include "net/openssl_handles.h"

#include <openssl/err.h>

namespace net {

std::string take_openssl_reason() {
  const unsigned long code = ERR_peek_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "unknown reason";
  ERR_clear_error();
  return text;
}

}  // namespace net

// Which web pages may talk to us: their origin, as browsers tell it (RFC 6454). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace net {

// A browser names the page's origin in every WebSocket handshake and cross-origin request, and no page can
// forge it: it keeps foreign pages from using what a visitor's browser can reach. Other clients name none, or
// what they like: it is no authentication.
class OriginPolicy {
 public:
  // `allowed`: "https://app.example.org" each, or "*" for all. Empty: our own pages only.
  explicit OriginPolicy(std::vector<std::string> allowed = {}) : allowed_(std::move(allowed)) {}

  // No Origin: not a page, allowed. Our own: the origin's host and port are those of the Host field, and it
  // is not a plain page that talks to us over TLS. "null" (sandboxed pages, files) is allowed by "*" only.
  [[nodiscard]] bool allows(const HttpRequest& request) const;

  [[nodiscard]] bool allows_all() const;
  // `origin` as the field has it is among those configured.
  [[nodiscard]] bool lists(std::string_view origin) const;

 private:
  std::vector<std::string> allowed_;
};

}  // namespace net

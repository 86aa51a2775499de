// Which web pages may talk to us: their origin, as browsers tell it (RFC 6454). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/web_origin.h"
#include "net/http_message.h"

namespace net {

// A browser names the page's origin in every WebSocket handshake, cross-origin request and POST, and no page
// can forge it: it keeps foreign pages from using what a visitor's browser can reach. Other clients name
// none, or what they like: it is no authentication.
class OriginPolicy {
 public:
  // `allowed`: patterns of origins (base/web_origin.h). What is none matches nothing. Empty: our own pages
  // only.
  explicit OriginPolicy(const std::vector<std::string>& allowed = {});

  // No Origin: not a page, allowed. Our own: the origin's host and port are those that the request asks for
  // (HttpRequest::asked_authority()), and it is not a plain page that talks to us over TLS.
  //
  // Browsers leave the port out where it is that of the scheme. Proxies leave it out too (nginx's `Host
  // $host`): where it is missing although the connection did not come to that port, only names are compared.
  [[nodiscard]] bool allows(const HttpRequest& request) const;

  [[nodiscard]] bool allows_all() const;
  // `origin` as the field has it is among those configured.
  [[nodiscard]] bool lists(std::string_view origin) const;
  // A host of those that are configured, in lower case.
  [[nodiscard]] bool names_host(std::string_view host) const;

 private:
  std::vector<base::OriginPattern> allowed_;
};

// What was compared with what, and the cure. For the client and for the log.
[[nodiscard]] std::string describe_refused_origin(const HttpRequest& request);
// 403 with it.
[[nodiscard]] HttpResponse refuse_origin(const HttpRequest& request);

}  // namespace net

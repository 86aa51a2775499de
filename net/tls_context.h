// The TLS side of the one port: which certificate, which protocol versions, which ALPN names.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "net/certificate.h"

struct ssl_ctx_st;

namespace net {

// An immutable server context: TLS 1.2 and 1.3, no compression, no renegotiation, forward secrecy only. ALPN
// is answered with http/1.1, stun.turn or stun.nat-discovery when the client offers one; a client that offers
// none, or only others, is served all the same (browsers send no ALPN for turns:). Session tickets are on;
// their keys change twice a day. Reloading is making another one:
// connections keep the context they began with. Copies share one context; safe from any thread.
class TlsContext {
 public:
  // The error is a sentence for the operator. `clock` tells how old the tickets' keys are; none: the steady
  // one.
  [[nodiscard]] static std::expected<TlsContext, std::string> create(
      const Certificate& certificate, std::function<base::TimePoint()> clock = nullptr);

  // For net/ only.
  [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }

 private:
  explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace net

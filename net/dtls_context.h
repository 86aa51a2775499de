// The DTLS side of the UDP port: certificate, version, ciphers.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "net/certificate.h"

struct ssl_ctx_st;

namespace net {

// An immutable server context: DTLS 1.2 only, forward secrecy and authenticated encryption only, no
// renegotiation, no session cache. ALPN stun.turn is answered (RFC 7443), any other is served all the same.
// Copies share one context; safe from any thread.
class DtlsContext {
 public:
  // The error is a sentence for the operator.
  [[nodiscard]] static std::expected<DtlsContext, std::string> create(const Certificate& certificate);

  // For net/ only.
  [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }

 private:
  explicit DtlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace net

#include "net/tls_context.h"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>

#include "net/openssl_handles.h"
#include "net/system_clock.h"
#include "net/ticket_keys.h"

namespace net {
namespace {

// As the ALPN extension writes them, each behind its length; our order decides. RFC 7301 §6, RFC 7443 §3.
constexpr unsigned char kProtocols[] = "\x08http/1.1\x09stun.turn\x12stun.nat-discovery";
constexpr unsigned int kProtocolsBytes = sizeof kProtocols - 1;

// TLS 1.2 only; the suites of TLS 1.3 are all good. No RSA key exchange: forward secrecy for everybody. No
// CBC, and none whose tag is cut to eight octets (AESCCM8).
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void*) {
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, chosen_bytes, kProtocols, kProtocolsBytes, offered, offered_bytes);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // The queue may move while half a record is out, and idle connections give their record buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // one system call for a record's header and body
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets keep the state with the client
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1 &&
         SSL_CTX_set_session_id_context(context, kProtocols, 8) == 1;
}

}  // namespace

std::expected<TlsContext, std::string> TlsContext::create(const Certificate& certificate,
                                                          std::function<base::TimePoint()> clock) {
  if (!clock) clock = [] { return read_clocks().steady; };
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()),
                                   [](SSL_CTX* handle) { SSL_CTX_free(handle); });
  if (!context || !configure(context.get()) || !rotate_ticket_keys(context.get(), std::move(clock))) {
    return std::unexpected("TLS: OpenSSL refuses our settings: " + take_openssl_reason() +
                           "; check the system-wide openssl.cnf");
  }
  if (auto installed = certificate.install(context.get()); !installed)
    return std::unexpected(installed.error());
  return TlsContext(std::move(context));
}

}  // namespace net

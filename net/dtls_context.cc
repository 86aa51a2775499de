#include "net/dtls_context.h"

#include <openssl/ssl.h>

#include <cstring>
#include <string_view>

#include "net/openssl_handles.h"

namespace net {
namespace {

constexpr unsigned char kOurProtocols[] = "\x09stun.turn";

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, chosen_bytes, kOurProtocols, sizeof kOurProtocols - 1,
                                            offered, offered_bytes);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// DtlsServer has checked the cookie before an SSL object hears of the client.
int accept_any_cookie(SSL*, const unsigned char*, unsigned) { return 1; }
int make_no_cookie(SSL*, unsigned char*, unsigned*) { return 0; }

bool configure(SSL_CTX* context) {
  constexpr auto kOptions = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                            SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_COOKIE_EXCHANGE;
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, 4096);  // clients send none; bounds what a fragment may make us allocate
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  SSL_CTX_set_cookie_verify_cb(context, accept_any_cookie);
  SSL_CTX_set_cookie_generate_cb(context, make_no_cookie);
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

}  // namespace

std::expected<DtlsContext, std::string> DtlsContext::create(const Certificate& certificate) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(DTLS_server_method()), SSL_CTX_free);
  if (!context || !configure(context.get())) return std::unexpected("dtls: " + take_openssl_reason());
  if (const auto installed = certificate.install(context.get()); !installed)
    return std::unexpected(installed.error());
  return DtlsContext(std::move(context));
}

}  // namespace net

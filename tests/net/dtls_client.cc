#include "tests/net/dtls_client.h"

namespace net::testing {

DtlsClient::DtlsClient(std::string_view ciphers, long version) : context_(SSL_CTX_new(DTLS_client_method())) {
  SSL_CTX_set_cipher_list(context_.get(), std::string(ciphers).c_str());
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_min_proto_version(context_.get(), static_cast<int>(version));
  SSL_CTX_set_max_proto_version(context_.get(), static_cast<int>(version));
  const unsigned char protocols[] = "\x09stun.turn";
  SSL_CTX_set_alpn_protos(context_.get(), protocols, sizeof protocols - 1);
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(ssl_.get(), 1200);
  BIO* const bio = make_datagram_bio(method_.get(), *this).release();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
}

bool DtlsClient::handshake() { return SSL_do_handshake(ssl_.get()) == 1; }

bool DtlsClient::input(base::Bytes datagram) {
  waiting = datagram;
  return handshake();
}

void DtlsClient::write(std::string_view text) {
  SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
}

std::string DtlsClient::read(base::Bytes datagram) {
  waiting = datagram;
  std::string buffer(16384, '\0');
  const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  buffer.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return buffer;
}

void DtlsClient::close() { SSL_shutdown(ssl_.get()); }

bool DtlsClient::was_closed() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string DtlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

}  // namespace net::testing

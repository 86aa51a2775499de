#include "tests/net/blocking_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <future>
#include <thread>

#include "net/socket_address.h"

namespace net {

BlockingClient::BlockingClient(const base::Endpoint& server, int receive_buffer_bytes)
    : socket_(::socket(server.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(nullptr, SSL_CTX_free),
      ssl_(nullptr, SSL_free) {
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  const int on = 1;
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  SocketAddress address;
  to_socket_address(server, server.ip.family, address);
  connected_ = ::connect(socket_.get(), &address.any, address.bytes) == 0;
}

BlockingClient::~BlockingClient() = default;

bool BlockingClient::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool BlockingClient::send_pending_tls() {
  std::array<char, 32768> buffer;
  for (;;) {
    const int bytes = BIO_read(SSL_get_wbio(ssl_.get()), buffer.data(), buffer.size());
    if (bytes <= 0) return true;
    if (!send_raw({buffer.data(), static_cast<size_t>(bytes)})) return false;
  }
}

bool BlockingClient::feed_tls() {
  std::array<char, 32768> buffer;
  const ssize_t bytes = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (bytes <= 0) return false;
  BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(bytes));
  return true;
}

bool BlockingClient::start_tls(const TlsWish& wish) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (wish.highest_version != 0) SSL_CTX_set_max_proto_version(context_.get(), wish.highest_version);
  if (wish.ciphers != nullptr && SSL_CTX_set_cipher_list(context_.get(), wish.ciphers) != 1) return false;
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_.get());
  if (!wish.alpn.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wish.alpn.data()),
                        wish.alpn.size());
  }
  SSL_do_handshake(ssl_.get());
  std::string hello(16384, '\0');
  hello.resize(
      static_cast<size_t>(BIO_read(SSL_get_wbio(ssl_.get()), hello.data(), static_cast<int>(hello.size()))));
  hello_bytes_ = hello.size();
  const auto first = std::string_view(hello).substr(0, wish.split_hello_at);
  if (!send_raw(first)) return false;
  if (!first.empty()) wish.between();
  if (!send_raw(std::string_view(hello).substr(first.size()))) return false;
  while (SSL_do_handshake(ssl_.get()) != 1) {
    if (!send_pending_tls() || !feed_tls()) return false;
    ERR_clear_error();
  }
  return send_pending_tls();
}

bool BlockingClient::send(std::string_view bytes) {
  if (!ssl_) return send_raw(bytes);
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0 && send_pending_tls();
}

bool BlockingClient::update_keys() {
  return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1 &&
         send_pending_tls();
}

std::string BlockingClient::read(size_t bytes) {
  std::string all;
  std::array<char, 65536> buffer;
  while (all.size() < bytes) {
    const size_t room = std::min(buffer.size(), bytes - all.size());
    const ssize_t got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(room))
                             : ::recv(socket_.get(), buffer.data(), room, 0);
    if (got > 0) {
      all.append(buffer.data(), static_cast<size_t>(got));
    } else if (!ssl_ || SSL_get_error(ssl_.get(), static_cast<int>(got)) != SSL_ERROR_WANT_READ ||
               !feed_tls()) {
      break;
    }
  }
  return all;
}

std::string BlockingClient::read_until_closed() { return read(size_t{1} << 40); }

std::string BlockingClient::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int bytes = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

std::string BlockingClient::tls_version() const { return SSL_get_version(ssl_.get()); }

void BlockingClient::shut_down_writing() { ::shutdown(socket_.get(), SHUT_WR); }

void BlockingClient::say_goodbye() {
  if (ssl_) {
    SSL_shutdown(ssl_.get());
    send_pending_tls();
  }
  shut_down_writing();
}

void BlockingClient::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void BlockingClient::close() { socket_.reset(); }

base::Endpoint BlockingClient::local() const {
  SocketAddress address;
  socklen_t bytes = sizeof address.v6;
  ::getsockname(socket_.get(), &address.any, &bytes);
  return to_endpoint(&address.any);
}

void run_beside(EventLoop& loop, const std::function<void()>& client) {
  const std::jthread thread([&] {
    client();
    loop.stop();
  });
  loop.run();
}

// What was sent on loopback is in the server's socket at once. The round after the next begins after that.
void settle(EventLoop& loop) {
  for (int round = 0; round < 2; ++round) {
    std::promise<void> ran;
    loop.post([&ran] { ran.set_value(); });
    ran.get_future().wait();
  }
}

}  // namespace net

// A DTLS client on OpenSSL, in memory: what it sends waits in `sent`.
#pragma once

#include <openssl/ssl.h>

#include <deque>
#include <string>
#include <vector>

#include "net/datagram_bio.h"
#include "net/openssl_handles.h"

namespace net::testing {

class DtlsClient final : private DatagramPort {
 public:
  using Datagram = std::vector<uint8_t>;

  explicit DtlsClient(std::string_view ciphers = "DEFAULT", long version = DTLS1_2_VERSION);

  // Sends what is due and, after `datagram`, what it makes the client send. Returns whether the handshake is
  // done.
  bool handshake();
  bool input(base::Bytes datagram);

  void write(std::string_view text);
  [[nodiscard]] std::string read(base::Bytes datagram);  // "" if it holds no data
  void close();
  [[nodiscard]] bool was_closed() const;
  [[nodiscard]] std::string protocol() const;

  std::deque<Datagram> sent;

 private:
  void send_datagram(base::Bytes datagram) override { sent.emplace_back(datagram.begin(), datagram.end()); }

  BioMethodHandle method_ = make_datagram_bio_method();
  std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>> context_;
  SslHandle ssl_;
};

}  // namespace net::testing

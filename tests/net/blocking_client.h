// A client that blocks, for a thread of its own next to a loop under test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "net/event_loop.h"
#include "net/unique_fd.h"

struct ssl_st;
struct ssl_ctx_st;

namespace net {

// Every wait ends after ten seconds, as if the connection were closed.
class BlockingClient {
 public:
  explicit BlockingClient(const base::Endpoint& server, int receive_buffer_bytes = 0);
  ~BlockingClient();

  // Plain, or inside TLS once start_tls() was called. False: the connection is gone.
  bool send(std::string_view bytes);
  // Up to `bytes`; fewer when the connection ends.
  std::string read(size_t bytes);
  std::string read_until_closed();
  // True if the server has closed and nothing was sent before that.
  bool is_closed_silently() { return read_until_closed().empty(); }

  struct TlsWish {
    std::string_view alpn = {};  // as on the wire; empty: no extension
    size_t split_hello_at = 0;   // sends the ClientHello in two parts, `between` called between them
    std::function<void()> between = [] {};
    int highest_version = 0;
    const char* ciphers = nullptr;  // of TLS 1.2
  };
  bool start_tls() { return start_tls(TlsWish{}); }
  bool start_tls(const TlsWish& wish);
  // TLS 1.3: changes its keys and asks the server to change its own.
  bool update_keys();
  std::string alpn() const;
  std::string tls_version() const;
  size_t hello_bytes() const { return hello_bytes_; }

  void shut_down_writing();  // inside TLS: without its goodbye
  void say_goodbye();        // close_notify, where there is TLS, and the end of writing
  void reset();              // closes with RST
  void close();
  bool is_connected() const { return connected_; }
  base::Endpoint local() const;

 private:
  bool send_raw(std::string_view bytes);
  bool send_pending_tls();
  bool feed_tls();

  UniqueFd socket_;
  bool connected_ = false;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  size_t hello_bytes_ = 0;
};

// Runs `client` on a thread of its own while `loop` runs on this one.
void run_beside(EventLoop& loop, const std::function<void()>& client);

// From the client's thread: returns when the loop has seen everything that was sent so far.
void settle(EventLoop& loop);

}  // namespace net

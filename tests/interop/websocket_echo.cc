// A WebSocket server for foreign clients: prints the port it has on 127.0.0.1, plain and TLS, and serves
// until its standard input ends. GET /echo answers every message with itself; /close?code=C&reason=R closes
// at the first; /large answers one above the limit with "too large" and goes on.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "net/connection_limiter.h"
#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/http_server.h"
#include "net/one_port_listener.h"
#include "net/stream_group.h"
#include "net/tls_context.h"
#include "net/websocket_handshake.h"
#include "net/websocket_server.h"

namespace {

class Echo : public net::WebSocketHandler {
 public:
  void on_message(net::WebSocket& socket, std::string_view text) override { socket.send(text); }
  void on_binary(net::WebSocket& socket, base::Bytes payload) override { socket.send_binary(payload); }
  void on_closed(net::WebSocket&, const net::WebSocketEnd& end) override {
    std::printf("closed %d %s%s\n", static_cast<int>(end.code), std::string(end.reason).c_str(),
                end.clean ? " clean" : "");
    std::fflush(stdout);
  }
};

class ForgivingEcho final : public Echo {
  void on_too_large(net::WebSocket& socket, uint64_t) override { socket.send("too large"); }
};

class Closing final : public Echo {
 public:
  Closing(uint16_t code, std::string reason) : code_(code), reason_(std::move(reason)) {}
  void on_message(net::WebSocket& socket, std::string_view) override {
    socket.close(net::WebSocketCode{code_}, reason_);
  }

 private:
  uint16_t code_;
  std::string reason_;
};

class EchoServer final : private net::ConnectionSink, private net::FdHandler {
 public:
  EchoServer() {
    add("/echo", [](const net::HttpRequest&) { return std::make_unique<Echo>(); });
    add("/large", [](const net::HttpRequest&) { return std::make_unique<ForgivingEcho>(); });
    add("/close", [](const net::HttpRequest& request) {
      const auto code = static_cast<uint16_t>(std::stoi(request.parameter("code").value_or("1000")));
      return std::make_unique<Closing>(code, request.parameter("reason").value_or(""));
    });
  }
  int run() {
    const auto certificate =
        net::Certificate::make_self_signed({.common_name = "localhost", .now = loop_.now().wall});
    if (!certificate) return fail(certificate.error());
    auto tls = net::TlsContext::create(*certificate);
    if (!tls) return fail(tls.error());
    net::OnePortOptions options;
    options.endpoint = *base::Endpoint::parse("127.0.0.1:0");
    const auto listener = net::OnePortListener::open(group_, options, *tls, limiter_, *this);
    if (!listener) return fail(listener.error().text);
    std::printf("%u\n", static_cast<unsigned>((*listener)->local().port));
    std::fflush(stdout);
    const net::FdWatch until_end(loop_, STDIN_FILENO, net::Events::kRead, *this);
    loop_.run();
    return EXIT_SUCCESS;
  }

 private:
  template <typename MakeHandler>
  void add(const std::string& path, MakeHandler make_handler) {
    router_.add("GET", path,
                [this, make_handler](const net::HttpRequest& request, const net::HttpExchange& exchange) {
                  const auto offered = net::offered_subprotocols(request);
                  const auto chosen = offered.empty() ? std::string_view() : offered.front();
                  sockets_.upgrade(request, exchange, net::OriginPolicy(), chosen, make_handler(request));
                });
  }
  static int fail(const std::string& reason) {
    std::fprintf(stderr, "websocket_echo: %s\n", reason.c_str());
    return EXIT_FAILURE;
  }
  void on_turn(net::Accepted) override {}
  void on_ice_tcp(net::Accepted) override {}
  void on_http(net::Accepted connection) override { http_.serve(std::move(connection)); }
  void on_ready(net::Events) override {
    char unused = 0;
    if (::read(STDIN_FILENO, &unused, 1) == 0) loop_.stop();
  }

  net::EventLoop loop_;
  net::StreamGroup group_{loop_};
  net::ConnectionLimiter limiter_{{.connections_per_source = 100'000}, base::SipHashKey{1, 2}};
  net::HttpRouter router_;
  net::HttpServer http_{group_, router_, net::HttpOptions{}};
  net::WebSocketServer sockets_{group_, net::WebSocketOptions{}};
};

}  // namespace

int main() { return EchoServer().run(); }

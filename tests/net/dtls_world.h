// A DtlsServer with a certificate made on the spot, and clients at addresses, all in memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/dtls_server.h"
#include "tests/net/dtls_client.h"
#include "tests/net/udp_pair.h"
#include "tests/support/fake_clock.h"

namespace net::testing {

inline DtlsContext make_dtls_context() {
  const auto certificate = Certificate::make_self_signed(
      {.common_name = "turn.example.org",
       .more_dns_names = {},
       .addresses = {},
       .valid_for = std::chrono::days(30),
       .now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
  if (!certificate) ADD_FAILURE() << certificate.error();
  auto context = DtlsContext::create(*certificate);
  if (!context) ADD_FAILURE() << context.error();
  return *context;
}

inline DtlsPath path_of(std::string_view client) { return {endpoint(client), endpoint("192.0.2.1:3478"), 7}; }

class DtlsWorld final : private DtlsHandler {
 public:
  explicit DtlsWorld(const DtlsOptions& given = {}, const DtlsContext& context = make_dtls_context())
      : server(clock.steady(), context, given, *this) {}

  // Hands the server what `client` has to say.
  void deliver(DtlsClient& client, const DtlsPath& path) {
    while (!client.sent.empty()) {
      const auto datagram = std::exchange(client.sent.front(), {});
      client.sent.pop_front();
      server.handle_datagram(clock.steady(), path, datagram);
    }
  }

  // Runs the handshake; true if both sides have finished it.
  bool connect(DtlsClient& client, const DtlsPath& path) {
    bool done = client.handshake();
    for (int round = 0; round < 10 && !done; ++round) {
      server.begin_turn();
      deliver(client, path);
      for (const auto& datagram : take_sent()) done = client.input(datagram);
    }
    return done;
  }

  std::vector<DtlsClient::Datagram> take_sent() {
    sent_to.clear();
    return std::exchange(sent, {});
  }
  // With the clients they were sent to.
  std::vector<std::pair<base::Endpoint, DtlsClient::Datagram>> take_addressed() {
    std::vector<std::pair<base::Endpoint, DtlsClient::Datagram>> taken;
    for (size_t i = 0; i < sent.size(); ++i) taken.emplace_back(sent_to[i], std::move(sent[i]));
    take_sent();
    return taken;
  }

  void pass(std::chrono::seconds time) {
    clock.advance(time);
    server.handle_timeout(clock.steady());
  }

  support::FakeClock clock;
  std::vector<DtlsClient::Datagram> sent;
  std::vector<base::Endpoint> sent_to;
  std::vector<std::string> data;
  std::vector<base::Endpoint> closed;
  bool in_use = false;
  std::function<void(const DtlsPath&)> when_data = [](const DtlsPath&) {};
  DtlsServer server;

 private:
  void on_dtls_send(const DtlsPath& path, base::Bytes datagram) override {
    EXPECT_EQ(path.route, 7u);
    sent.emplace_back(datagram.begin(), datagram.end());
    sent_to.push_back(path.client);
  }
  void on_dtls_data(const DtlsPath& path, base::MutableBytes bytes) override {
    data.emplace_back(base::as_text(bytes));
    when_data(path);
  }
  void on_dtls_buffers_lent() override {}  // everything is copied at once
  bool is_in_use(const DtlsPath&) override { return in_use; }
  void on_dtls_closed(const DtlsPath& path) override { closed.push_back(path.client); }
};

}  // namespace net::testing

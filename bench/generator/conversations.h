// Many TURN clients talking to a server at once: sends their requests, again if need be, and reads the
// answers.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "bench/generator/poller.h"
#include "bench/generator/test_socket.h"
#include "bench/generator/turn_client.h"
#include "net/udp_receive_batch.h"

namespace bench::generator {

struct Client {
  Client(TestSocket opened, const Login& login, base::RandomSource& random)
      : socket(std::move(opened.socket)), local(opened.local), turn(login, random) {}

  const net::UdpSocket socket;  // connected to the server
  const base::Endpoint local;
  TurnClient turn;
  base::TimePoint resend_at{};
  int sends = 0;  // of the present request
};
using Clients = std::vector<std::unique_ptr<Client>>;  // the index is the client's tag at the poller

// One thread.
class Conversations {
 public:
  // All outlive it; clients may be replaced while they have no request under way.
  Conversations(Clients& clients, Poller& poller, net::UdpReceiveBatch& receive)
      : clients_(clients), poller_(poller), receive_(receive) {}

  // Sends the request that the client has started.
  void begin(uint32_t client);
  [[nodiscard]] size_t under_way() const { return under_way_.size(); }

  // Waits until something came, at most `timeout`, and calls `settled` for each client whose request was
  // answered, refused or given up; it may begin the next one.
  void advance(std::chrono::milliseconds timeout, const std::function<void(uint32_t client)>& settled);

 private:
  void send(Client& client);
  void read(uint32_t tag);
  void resend(base::TimePoint now);
  void report(const std::function<void(uint32_t)>& settled);

  Clients& clients_;
  Poller& poller_;
  net::UdpReceiveBatch& receive_;
  std::vector<uint32_t> under_way_;
  std::vector<uint32_t> settled_;
  base::TimePoint next_resend_{};
};

// One request of every client, `window` at a time. The error is the first client's that failed.
[[nodiscard]] std::expected<void, std::string> ask_all(
    Conversations& conversations, Clients& clients, size_t window,
    const std::function<void(uint32_t, TurnClient&)>& start);

}  // namespace bench::generator

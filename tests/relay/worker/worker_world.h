// Workers on threads of their own, clients and peers on loopback.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "relay/worker/worker.h"
#include "tests/support/answer.h"
#include "tests/support/fake_relay.h"
#include "tests/support/turn_message.h"
#include "tests/support/turn_world.h"

namespace relay::worker {

using Octets = std::vector<uint8_t>;

// One end of a TCP connection. Whoever waits for longer than ten seconds gets what has come so far.
class Socket {
 public:
  explicit Socket(net::UniqueFd connected);

  void send(base::Bytes octets) const;
  // What the kernel takes at once as soon as there is room; 0: there was none for that long.
  [[nodiscard]] size_t send_some(base::Bytes octets, std::chrono::milliseconds patience) const;
  [[nodiscard]] Octets read(size_t octets) const;  // exactly so many
  [[nodiscard]] Octets read_to_end() const;
  void end() const;
  [[nodiscard]] bool is_closed() const;  // or will be, within ten seconds
  [[nodiscard]] base::Endpoint local() const;
  [[nodiscard]] base::Endpoint remote() const;

 private:
  net::UniqueFd fd_;
};

// A peer that waits for connections, on loopback.
class Acceptor {
 public:
  Acceptor();
  [[nodiscard]] const base::Endpoint& address() const { return socket_.local; }
  [[nodiscard]] net::UniqueFd accept() const;

 private:
  net::ListeningSocket socket_;
};
[[nodiscard]] Socket connect_to(const base::Endpoint& address);

// A client's stream: STUN messages, and after ConnectionBind whatever it likes.
class ClientStream : public Socket {
 public:
  ClientStream(net::UniqueFd connected, std::string nonce)
      : Socket(std::move(connected)), login{"alice", support::password_of("alice"), "icebox", nonce} {}

  void ask(support::TurnMessage& message) const { send(message.sign(login).bytes()); }
  [[nodiscard]] support::Answer answer() const;
  [[nodiscard]] support::Answer request(support::TurnMessage& message) const {
    ask(message);
    return answer();
  }

  support::Login login;
};

class WorkerWorld {
 public:
  explicit WorkerWorld(WorkerIndex workers = 2, const ServerOptions& server = tcp_on());
  ~WorkerWorld();
  static ServerOptions tcp_on() {
    ServerOptions options;
    options.tcp_relay = true;
    return options;
  }
  // Loopback is allowed but for `denied`.
  static std::shared_ptr<const PeerPolicy> policy(const std::string& denied = "");

  // A stream that the listener would have given to that worker.
  [[nodiscard]] ClientStream connect(WorkerIndex worker);
  // The same, with an allocation for TCP or for UDP. `relayed` takes its address.
  [[nodiscard]] ClientStream allocate(WorkerIndex worker, base::Endpoint* relayed = nullptr,
                                      uint8_t protocol = stun::kProtocolTcp);
  // A ConnectionBind by a stream of `worker`; `behind` follows in the same write.
  [[nodiscard]] ClientStream bind(WorkerIndex worker, ConnectionId id, const Octets& behind = {});
  // Runs `call` on the worker's thread and waits for it.
  void on_thread(WorkerIndex worker, const std::function<void(Worker&)>& call);
  [[nodiscard]] const Counters& counters(WorkerIndex worker) const { return workers_[worker]->counters(); }

 private:
  SharedQuotas quotas_{{}};
  SharedPorts ports_;
  SharedTransactions transactions_{{1, 2}};
  std::string nonce_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<HairpinRing>> rings_;
  std::vector<std::jthread> threads_;
};

}  // namespace relay::worker

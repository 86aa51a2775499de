#include "tests/relay/worker/worker_world.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <future>

#include "net/socket_address.h"
#include "net/system_clock.h"

namespace relay::worker {
namespace {

using support::at;
using support::ip;
using support::TurnMessage;

constexpr uint16_t kFirstPort = 40000, kLastPort = 40255;

base::Endpoint name_of(int fd, int (*get)(int, sockaddr*, socklen_t*)) {
  net::SocketAddress address;
  socklen_t bytes = sizeof address.v6;
  EXPECT_EQ(get(fd, &address.any, &bytes), 0);
  return net::to_endpoint(&address.any);
}

net::ListeningSocket listen_on_loopback() {
  auto socket = net::open_listening_socket(at("127.0.0.1:0"), true, 64);
  if (!socket) throw std::runtime_error(socket.error().text);
  return std::move(*socket);
}

net::UniqueFd connected_to(const base::Endpoint& address) {
  net::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  net::SocketAddress to;
  net::to_socket_address(address, address.ip.family, to);
  EXPECT_EQ(::connect(fd.get(), &to.any, to.bytes), 0) << address.to_string();
  return fd;
}

// Whether what is waited for, POLLIN or POLLOUT, comes in time.
bool is_ready(int fd, short events, std::chrono::milliseconds patience) {
  pollfd wanted{fd, events, 0};
  return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace

Socket::Socket(net::UniqueFd connected) : fd_(std::move(connected)) {
  const timeval patience{10, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void Socket::send(base::Bytes octets) const {
  while (!octets.empty()) {
    const auto sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0);
    octets = octets.subspan(static_cast<size_t>(sent));
  }
}

size_t Socket::send_some(base::Bytes octets, std::chrono::milliseconds patience) const {
  if (!is_ready(fd_.get(), POLLOUT, patience)) return 0;
  const auto sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

Octets Socket::read(size_t octets) const {
  Octets received(octets);
  size_t count = 0;
  while (count < octets) {
    const auto got = ::recv(fd_.get(), received.data() + count, octets - count, 0);
    if (got <= 0) break;
    count += static_cast<size_t>(got);
  }
  received.resize(count);
  return received;
}

Octets Socket::read_to_end() const {
  Octets all;
  while (true) {
    const auto more = read(1 << 20);
    all.insert(all.end(), more.begin(), more.end());
    if (more.size() < 1 << 20) return all;
  }
}

bool Socket::is_closed() const {
  uint8_t octet = 0;
  const auto got = ::recv(fd_.get(), &octet, 1, 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

void Socket::end() const { ::shutdown(fd_.get(), SHUT_WR); }
base::Endpoint Socket::local() const { return name_of(fd_.get(), ::getsockname); }
base::Endpoint Socket::remote() const { return name_of(fd_.get(), ::getpeername); }

Acceptor::Acceptor() : socket_(listen_on_loopback()) {}

net::UniqueFd Acceptor::accept() const {
  if (is_ready(socket_.fd.get(), POLLIN, std::chrono::seconds(10))) {
    if (auto accepted = net::accept_from(socket_.fd.get())) {
      const int flags = 0;  // blocking, from here on
      ::fcntl(accepted->fd.get(), F_SETFL, flags);
      return std::move(accepted->fd);
    }
  }
  ADD_FAILURE() << "nobody has connected";
  return {};
}

Socket connect_to(const base::Endpoint& address) { return Socket(connected_to(address)); }

support::Answer ClientStream::answer() const {
  auto message = read(stun::kHeaderBytes);
  if (message.size() < stun::kHeaderBytes) return {};
  const auto body = read(base::load_be16(message.data() + 2));
  message.insert(message.end(), body.begin(), body.end());
  return {message};
}

std::shared_ptr<const PeerPolicy> WorkerWorld::policy(const std::string& denied) {
  PeerPolicyOptions options;
  options.allow.push_back(PeerRule::parse("127.0.0.0/8").value());
  if (!denied.empty()) options.deny.push_back(PeerRule::parse(denied).value());
  options.relayed = {ip("127.0.0.1")};
  return std::make_shared<PeerPolicy>(options);
}

WorkerWorld::WorkerWorld(WorkerIndex workers, const ServerOptions& server)
    : ports_({{ip("127.0.0.1"), ip("127.0.0.1")}}, kFirstPort, kLastPort) {
  for (WorkerIndex index = 0; index < workers; ++index) {
    WorkerOptions options;
    options.index = index;
    options.workers = workers;
    options.server = server;
    auto credentials = std::make_unique<support::FakeCredentials>();
    credentials->add("alice", support::password_of("alice"));
    workers_.push_back(std::make_unique<Worker>(options, Shared{ports_, quotas_, transactions_}, policy(),
                                                std::move(credentials),
                                                stun::NonceKey({1, 2}, std::chrono::hours(1))));
  }
  for (const auto& worker : workers_) {
    for (const auto& other : workers_) {
      if (worker == other) continue;
      worker->connect_worker(*other);
      worker->connect_ring(other->index(), rings_.emplace_back(other->make_ring()).get());
    }
  }
  for (const auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
  auto stream = connect(0);
  stream.send(TurnMessage(stun::Method::kAllocate).transport().bytes());
  nonce_ = stream.answer().text(stun::AttributeType::kNonce);
}

WorkerWorld::~WorkerWorld() {
  for (const auto& worker : workers_) worker->stop();
  threads_.clear();
}

ClientStream WorkerWorld::connect(WorkerIndex worker) {
  const auto listening = listen_on_loopback();
  ClientStream client(connected_to(listening.local), nonce_);
  auto accepted = net::accept_from(listening.fd.get());
  EXPECT_TRUE(accepted);
  workers_[worker]->adopt(
      {.stream = std::make_unique<net::Stream>(std::move(accepted->fd), net::StreamOptions()),
       .client = accepted->from,
       .server = listening.local,
       .transport = net::StreamTransport::kTcp,
       .accepted_at = net::read_clocks().steady});
  return client;
}

ClientStream WorkerWorld::allocate(WorkerIndex worker, base::Endpoint* relayed, uint8_t protocol) {
  auto client = connect(worker);
  TurnMessage message(stun::Method::kAllocate);
  const auto answer = client.request(message.transport(protocol));
  EXPECT_EQ(answer.code(), 200);
  if (relayed) *relayed = answer.relayed().at(0);
  return client;
}

ClientStream WorkerWorld::bind(WorkerIndex worker, ConnectionId id, const Octets& behind) {
  auto stream = connect(worker);
  TurnMessage message(stun::Method::kConnectionBind);
  auto octets = message.word(stun::AttributeType::kConnectionId, id).sign(stream.login).bytes();
  octets.insert(octets.end(), behind.begin(), behind.end());
  stream.send(octets);
  EXPECT_EQ(stream.answer().code(), 200);
  return stream;
}

void WorkerWorld::on_thread(WorkerIndex worker, const std::function<void(Worker&)>& call) {
  std::promise<void> done;
  workers_[worker]->post([&](Worker& on) {
    call(on);
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace relay::worker

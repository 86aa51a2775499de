#include "bench/generator/flood_run.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "bench/generator/network_namespace.h"
#include "bench/generator/spoofed_request.h"
#include "net/socket_address.h"
#include "net/system_clock.h"
#include "net/unique_fd.h"
#include "stun/message.h"

namespace bench::generator {
namespace {

constexpr size_t kIpHeaderBytes = 20;  // the server's answers have no options
constexpr size_t kUdpHeaderBytes = 8;
constexpr int kReceiveBufferBytes = 8 << 20;
// What is unanswered for so long was dropped, or refused in silence.
constexpr std::chrono::milliseconds kPatience{300};

class Flood {
 public:
  Flood(const Site& site, const FloodOptions& options)
      : options_(options), server_(site.server), requests_(options.sources, site.server) {
    net::to_socket_address(site.server, base::Family::kIpv4, address_);
  }

  [[nodiscard]] std::expected<void, std::string> open();
  // Sends requests until `count` have been sent in all, and waits for the last answers.
  void send_until(uint64_t count);
  FloodResult result;

 private:
  [[nodiscard]] uint64_t unanswered() const { return sent_ - given_up_ - answered_; }
  void send_one();
  void read_answers();
  void count(base::Bytes packet);
  void wait();

  FloodOptions options_;
  base::Endpoint server_;
  SpoofedRequests requests_;
  net::SocketAddress address_;
  net::UniqueFd out_, in_;
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  uint64_t given_up_ = 0;
  base::TimePoint last_answer_{};
};

std::expected<void, std::string> Flood::open() {
  // IPPROTO_RAW: the datagram brings its IP header. IPPROTO_UDP: a copy of every UDP datagram that comes in,
  // whether a socket has its port or not.
  out_.reset(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  in_.reset(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (!out_ || !in_) return std::unexpected(net::system_error(errno, "raw socket", "socket").text);
  setsockopt(in_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  return {};
}

void Flood::send_one() {
  const auto datagram = requests_.datagram(sent_++);
  if (sendto(out_.get(), datagram.data(), datagram.size(), 0, &address_.any, address_.bytes) < 0) ++given_up_;
}

void Flood::count(base::Bytes packet) {
  if (packet.size() < kIpHeaderBytes + kUdpHeaderBytes) return;
  if (base::load_be16(packet.data() + kIpHeaderBytes) != server_.port) return;
  const auto answer = stun::Message::parse(packet.subspan(kIpHeaderBytes + kUdpHeaderBytes));
  if (!answer) return;
  ++answered_;
  const auto error = answer->error_code().value_or(0);
  const bool binding = answer->method() == stun::Method::kBinding;
  if (binding && answer->message_class() == stun::Class::kSuccess) {
    ++result.bindings_answered;
  } else if (!binding && (error == 401 || error == 438)) {
    ++result.allocates_challenged;
  } else {
    ++result.other_answers;
  }
}

void Flood::read_answers() {
  std::array<uint8_t, 2048> packet;
  const auto before = answered_;
  for (;;) {
    const auto got = recv(in_.get(), packet.data(), packet.size(), 0);
    if (got < 0) break;
    count(base::Bytes(packet).first(static_cast<size_t>(got)));
  }
  if (answered_ != before) last_answer_ = net::read_clocks().steady;
}

void Flood::wait() {
  pollfd ready{.fd = in_.get(), .events = POLLIN, .revents = 0};
  poll(&ready, 1, 10);
  read_answers();
  if (unanswered() > 0 && net::read_clocks().steady - last_answer_ > kPatience) given_up_ += unanswered();
}

void Flood::send_until(uint64_t count) {
  last_answer_ = net::read_clocks().steady;
  while (sent_ < count || unanswered() > 0) {
    while (sent_ < count && unanswered() < options_.window) send_one();
    wait();
  }
}

}  // namespace

std::expected<FloodResult, std::string> run_flood(const Site& site, const FloodOptions& options) {
  if (!site.server.ip.is_v4() || !options.sources.first.is_v4())
    return std::unexpected("flood: IPv4 servers and sources only");
  const auto there = InNamespace::enter(site.client_namespace);
  if (!there) return std::unexpected(there.error().text);
  Flood flood(site, options);
  if (auto opened = flood.open(); !opened) return std::unexpected(opened.error());
  flood.send_until(options.warm_up);
  flood.result = {};
  const Watch watch(site.watched);
  const auto start = net::read_clocks().steady;
  flood.send_until(options.warm_up + options.requests);
  flood.result.duration = net::read_clocks().steady - start;
  flood.result.requests = options.requests;
  flood.result.server = watch.finish();
  return flood.result;
}

}  // namespace bench::generator

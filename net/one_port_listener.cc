#include "net/one_port_listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/greeting.h"
#include "net/listening_socket.h"
#include "net/socket_address.h"
#include "net/stream_group.h"
#include "net/timer.h"
#include "net/unique_fd.h"

namespace net {
namespace {

constexpr int kAcceptsPerWakeUp =
    256;  // bounded: a flood of connections must not starve those that are there

UniqueFd open_reserve() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

class OnePortListener::Internals final : private FdHandler {
 public:
  Internals(ListeningSocket socket, StreamGroup& group, const OnePortOptions& options,
            std::optional<TlsContext> tls, ConnectionLimiter& limiter, ConnectionSink& sink)
      : context_{group,
                 options,
                 std::move(tls),
                 limiter,
                 sink,
                 {},
                 {},
                 HandshakeQueue(group.loop(), options.handshakes, limiter.key()),
                 {}},
        socket_(std::move(socket)),
        pause_(loop(), [this] { watch_.set_events(Events::kRead); }),
        watch_(loop(), socket_.fd.get(), Events::kRead, *this) {}

  void stop_accepting() {
    pause_.disarm();
    watch_ = FdWatch();
    socket_.fd.reset();
    reserve_.reset();
  }

  [[nodiscard]] GreetingContext& context() { return context_; }
  [[nodiscard]] const base::Endpoint& local() const { return socket_.local; }

 private:
  enum class Next : uint8_t { kAccept, kWait };

  EventLoop& loop() { return context_.group.loop(); }

  void on_ready(Events) override {
    for (int i = 0; i < kAcceptsPerWakeUp && socket_.fd; ++i) {
      if (accept_one() == Next::kWait) return;
    }
  }

  Next accept_one() {
    SocketAddress from;
    socklen_t bytes = sizeof from.v6;
    UniqueFd fd(::accept4(socket_.fd.get(), &from.any, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return handle_failure(errno);
    context_.counters.accepted.add();
    Accepted connection{.stream = nullptr,
                        .client = to_endpoint(&from.any),
                        .server = server_side_of(fd.get()),
                        .transport = StreamTransport::kTcp,
                        .accepted_at = loop().steady_now()};
    connection.stream = std::make_unique<Stream>(std::move(fd), context_.options.stream);
    Greeting::begin(context_, std::move(connection));
    return Next::kAccept;
  }

  [[nodiscard]] base::Endpoint server_side_of(int fd) const {
    if (!socket_.local.ip.is_unspecified()) return socket_.local;
    SocketAddress address;
    socklen_t bytes = sizeof address.v6;
    if (::getsockname(fd, &address.any, &bytes) != 0) return socket_.local;
    return to_endpoint(&address.any);
  }

  // The listening socket stays ready while a connection waits that we cannot take: without a pause the loop
  // would spin on it.
  Next handle_failure(int code) {
    if (code == EAGAIN || code == EWOULDBLOCK) return Next::kWait;
    if (code == EMFILE || code == ENFILE) {
      context_.counters.out_of_descriptors.add();
      turn_one_away();
    } else {
      context_.counters.accept_failed.add();
      // Errors of the one connection, which is gone from the queue (accept(2), "Error handling").
      const bool next_may_do = code != ENOBUFS && code != ENOMEM && code != EINVAL && code != EBADF;
      if (next_may_do) return Next::kAccept;
    }
    watch_.set_events(Events::kNone);
    pause_.arm(loop().steady_now() + context_.options.accept_pause);
    return Next::kWait;
  }

  // With the descriptor kept for this moment: the oldest waiting client hears at once that it must go
  // elsewhere.
  void turn_one_away() {
    reserve_.reset();
    UniqueFd(::accept4(socket_.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)).reset();
    reserve_ = open_reserve();
  }

  GreetingContext context_;
  ListeningSocket socket_;
  UniqueFd reserve_ = open_reserve();
  Timer pause_;
  FdWatch watch_;  // after socket_: leaves the loop before the descriptor closes
};

std::expected<std::unique_ptr<OnePortListener>, SystemError> OnePortListener::open(
    StreamGroup& group, const OnePortOptions& options, std::optional<TlsContext> tls,
    ConnectionLimiter& limiter, ConnectionSink& sink) {
  auto socket = open_listening_socket(options.endpoint, options.v6_only, options.backlog);
  if (!socket) return std::unexpected(socket.error());
  auto internals =
      std::make_unique<Internals>(std::move(*socket), group, options, std::move(tls), limiter, sink);
  return std::unique_ptr<OnePortListener>(new OnePortListener(std::move(internals)));
}

OnePortListener::OnePortListener(std::unique_ptr<Internals> internals) : internals_(std::move(internals)) {}
OnePortListener::~OnePortListener() = default;

void OnePortListener::set_tls_context(TlsContext tls) { internals_->context().tls = std::move(tls); }
void OnePortListener::stop_accepting() { internals_->stop_accepting(); }
const base::Endpoint& OnePortListener::local() const { return internals_->local(); }
const OnePortCounters& OnePortListener::counters() const { return internals_->context().counters; }
const std::optional<ProxyFault>& OnePortListener::last_proxy_fault() const {
  return internals_->context().last_proxy_fault;
}

}  // namespace net

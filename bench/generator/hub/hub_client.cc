#include "bench/generator/hub/hub_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "bench/generator/hub/handshake.h"
#include "net/socket_address.h"

namespace bench::generator::hub {
namespace {

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

// For a port of `source` chosen at connect(), so that each is free for other servers.
bool bind_source(int socket, const base::IpAddress& source) {
  if (source.is_unspecified()) return true;
  set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  net::SocketAddress address;
  net::to_socket_address({source, 0}, source.family, address);
  return ::bind(socket, &address.any, address.bytes) == 0;
}

bool begin_connect(int socket, const base::Endpoint& server) {
  net::SocketAddress address;
  net::to_socket_address(server, server.ip.family, address);
  return ::connect(socket, &address.any, address.bytes) == 0 || errno == EINPROGRESS;
}

}  // namespace

bool HubClient::open(const base::Endpoint& server, const base::IpAddress& source, std::string request) {
  *this = HubClient();
  const int family = server.ip.is_v4() ? AF_INET : AF_INET6;
  socket_ = net::UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_ || !bind_source(fd(), source) || !begin_connect(fd(), server)) {
    fail(std::string("connecting: ") + std::strerror(errno));
    return false;
  }
  set_option(fd(), IPPROTO_TCP, TCP_NODELAY, 1);
  state_ = State::kConnecting;
  unsent_.append(base::as_bytes(request));
  return true;
}

void HubClient::on_ready(base::MutableBytes scratch, const OnText& on_text) {
  if (state_ == State::kNone) return;
  if (state_ == State::kConnecting) {
    int fault = 0;
    socklen_t bytes = sizeof fault;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &fault, &bytes);
    if (fault != 0) return fail(std::string("connecting: ") + std::strerror(fault));
    state_ = State::kUpgrading;
  }
  flush();
  if (!has_failed()) read_available(scratch, on_text);
}

bool HubClient::send(std::string_view text) {
  if (state_ != State::kOpen) return false;
  MaskKey key;
  mask_ = mask_ * 1664525 + 1013904223;  // some key: nothing here needs an unpredictable one
  base::store_be32(key.data(), mask_);
  const bool was_empty = unsent_.empty();
  append_frame(unsent_, Opcode::kText, base::as_bytes(text), key);
  if (was_empty) flush();
  return true;
}

void HubClient::cut() {
  if (socket_) {
    const linger reset{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  *this = HubClient();
}

void HubClient::flush() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(fd(), unsent_.bytes().data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN) fail(std::string("sending: ") + std::strerror(errno));
      return;
    }
    unsent_.consume(static_cast<size_t>(sent));
  }
}

void HubClient::read_available(base::MutableBytes scratch, const OnText& on_text) {
  while (true) {
    const auto room = unread_.room(scratch, scratch.size());
    if (room.empty()) return fail("a message larger than the generator reads");
    const ssize_t got = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
    const int fault = errno;
    unread_.commit(got > 0 ? static_cast<size_t>(got) : 0);
    if (got == 0) return fail("the server closed the connection");
    if (got < 0) return fault == EAGAIN ? void() : fail(std::string("receiving: ") + std::strerror(fault));
    unread_.consume(take(unread_.unread(), on_text));
    if (has_failed() || static_cast<size_t>(got) < room.size()) return;
  }
}

size_t HubClient::take(base::Bytes received, const OnText& on_text) {
  size_t taken = 0;
  if (state_ == State::kUpgrading) taken = take_answer(received);
  if (state_ != State::kOpen) return taken;
  base::Bytes rest = received.subspan(taken);
  while (!has_failed()) {
    const auto message = frames_.next(rest);
    if (!message) {
      fail("the server sent " + std::string(message.error()));
    } else if (*message) {
      handle(**message, on_text);
    } else {
      break;
    }
  }
  return received.size() - rest.size();
}

size_t HubClient::take_answer(base::Bytes received) {
  const auto head = read_upgrade_answer(base::as_text(received));
  if (!head) {
    fail("the server answered the handshake with: " + head.error());
    return 0;
  }
  if (!*head) return 0;
  state_ = State::kOpen;
  return **head;
}

void HubClient::handle(const ServerFrames::Message& message, const OnText& on_text) {
  switch (message.opcode) {
    case Opcode::kText:
      return on_text(message.payload);
    case Opcode::kPing: {
      append_frame(unsent_, Opcode::kPong, base::as_bytes(message.payload), {1, 2, 3, 4});
      return flush();
    }
    case Opcode::kClose: {
      const auto octets = base::as_bytes(message.payload);
      const auto code = octets.size() >= 2 ? std::to_string(base::load_be16(octets.data())) : "no code";
      return fail("the server closed with " + code);
    }
    default:
      return;
  }
}

// Keeps what it was told first.
void HubClient::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
  state_ = State::kNone;
}

}  // namespace bench::generator::hub

#include "bench/generator/conversations.h"

#include <sys/socket.h>

#include <algorithm>

#include "net/system_clock.h"

namespace bench::generator {
namespace {

// RFC 8489 §6.2.1: 500 ms, doubled each time; seven sends.
constexpr std::chrono::milliseconds kFirstTimeout{500};
constexpr int kMostSends = 7;
constexpr std::chrono::milliseconds kResendTick{50};

}  // namespace

// A datagram that the kernel refuses is lost as on the wire: the request is sent again later.
void Conversations::send(Client& client) {
  const auto request = client.turn.request();
  [[maybe_unused]] const auto sent = ::send(client.socket.fd(), request.data(), request.size(), MSG_DONTWAIT);
  client.resend_at = net::read_clocks().steady + kFirstTimeout * (1 << client.sends++);
}

void Conversations::begin(uint32_t client) {
  clients_[client]->sends = 0;
  send(*clients_[client]);
  under_way_.push_back(client);
}

void Conversations::read(uint32_t tag) {
  if (tag >= clients_.size()) return;  // a peer's socket: nothing is said to peers yet
  auto& client = *clients_[tag];
  for (const auto& datagram : receive_.receive(client.socket)) {
    if (!client.turn.handle_answer(datagram.data)) continue;
    if (client.turn.settled()) {
      settled_.push_back(tag);
    } else {  // challenged: another request in the same matter
      client.sends = 0;
      send(client);
    }
  }
}

void Conversations::resend(base::TimePoint now) {
  next_resend_ = now + kResendTick;
  for (const auto tag : under_way_) {
    auto& client = *clients_[tag];
    if (client.turn.settled() || now < client.resend_at) continue;
    if (client.sends < kMostSends) {
      send(client);
    } else {
      client.turn.give_up("no answer to " + std::to_string(kMostSends) + " requests");
      settled_.push_back(tag);
    }
  }
}

void Conversations::report(const std::function<void(uint32_t)>& settled) {
  if (settled_.empty()) return;
  std::erase_if(under_way_, [&](uint32_t tag) { return clients_[tag]->turn.settled(); });
  for (const auto tag : std::exchange(settled_, {})) settled(tag);
}

void Conversations::advance(std::chrono::milliseconds timeout, const std::function<void(uint32_t)>& settled) {
  for (const auto tag : poller_.wait(timeout)) read(tag);
  const auto now = net::read_clocks().steady;
  if (now >= next_resend_) resend(now);
  report(settled);
}

std::expected<void, std::string> ask_all(Conversations& conversations, Clients& clients, size_t window,
                                         const std::function<void(uint32_t, TurnClient&)>& start) {
  std::string error;
  uint32_t next = 0;
  const auto settled = [&](uint32_t tag) {
    if (clients[tag]->turn.failed() && error.empty())
      error = "client " + std::to_string(tag) + ": " + clients[tag]->turn.error();
  };
  while (error.empty() && (next < clients.size() || conversations.under_way() > 0)) {
    for (; next < clients.size() && conversations.under_way() < window; ++next) {
      start(next, clients[next]->turn);
      conversations.begin(next);
    }
    conversations.advance(std::chrono::milliseconds(10), settled);
  }
  if (!error.empty()) return std::unexpected(error);
  return {};
}

}  // namespace bench::generator

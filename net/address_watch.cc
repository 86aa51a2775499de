#include "net/address_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <utility>

namespace net {
namespace {

// Bounded: a storm of route changes must not hold the loop. What is left is still there in the next round.
constexpr int kReadsPerWakeUp = 16;

UniqueFd open_socket() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), any, sizeof address) != 0) return {};
  return fd;
}

}  // namespace

AddressWatch::AddressWatch(EventLoop& loop, std::function<void()> on_change)
    : on_change_(std::move(on_change)), socket_(open_socket()) {
  if (socket_) watch_ = FdWatch(loop, socket_.get(), Events::kRead, *this);
}

void AddressWatch::on_ready(Events) {
  std::array<uint8_t, 8192> message;
  for (int i = 0; i < kReadsPerWakeUp; ++i) {
    if (::recv(socket_.get(), message.data(), message.size(), 0) < 0) break;  // ENOBUFS: changed all the same
  }
  on_change_();
}

}  // namespace net

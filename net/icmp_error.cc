#include "net/icmp_error.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cstring>

#include "net/socket_address.h"

namespace net {
namespace {

bool is_extended_error(const cmsghdr& control) {
  return (control.cmsg_level == IPPROTO_IP && control.cmsg_type == IP_RECVERR) ||
         (control.cmsg_level == IPPROTO_IPV6 && control.cmsg_type == IPV6_RECVERR);
}

void apply(const sock_extended_err& from, IcmpError& error) {
  error.type = from.ee_type;
  error.code = from.ee_code;
  error.info = from.ee_info;
  error.local = from.ee_origin != SO_EE_ORIGIN_ICMP && from.ee_origin != SO_EE_ORIGIN_ICMP6;
}

}  // namespace

std::optional<IcmpError> read_icmp_error(int fd) {
  SocketAddress peer{};
  alignas(cmsghdr) std::array<uint8_t, 256> control;
  msghdr message{};  // no iovec: the datagram itself is not wanted back
  message.msg_name = &peer.any;
  message.msg_namelen = sizeof peer.v6;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;

  IcmpError error{.peer = to_endpoint(&peer.any)};
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (!is_extended_error(*header)) continue;
    sock_extended_err extended;
    std::memcpy(&extended, CMSG_DATA(header), sizeof extended);
    apply(extended, error);
  }
  return error;
}

}  // namespace net

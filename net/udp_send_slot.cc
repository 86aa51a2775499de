#include "net/udp_send_slot.h"

#include <netinet/in.h>

#include <algorithm>

namespace net {
namespace {

void append_source(UdpSendSlot& slot, const base::IpAddress& from, base::Family socket_family) {
  if (socket_family == base::Family::kIpv4) {
    slot.append_control(IPPROTO_IP, IP_PKTINFO,
                        in_pktinfo{.ipi_ifindex = 0, .ipi_spec_dst = to_in_addr(from), .ipi_addr = {}});
  } else {
    slot.append_control(IPPROTO_IPV6, IPV6_PKTINFO,
                        in6_pktinfo{.ipi6_addr = to_in6_addr(from), .ipi6_ifindex = 0});
  }
}

void set_control(UdpSendSlot& slot, base::Family socket_family) {
  const auto& options = slot.options;
  const auto& to = slot.destination.ip;
  slot.control_bytes = 0;
  if (!options.from.is_unspecified()) append_source(slot, options.from, socket_family);
  // By the datagram's family, not the socket's: the kernel looks at the other's control messages not at all.
  if (options.tos && to.is_v4()) slot.append_control(IPPROTO_IP, IP_TOS, int{*options.tos});
  if (options.tos && to.is_v6()) slot.append_control(IPPROTO_IPV6, IPV6_TCLASS, int{*options.tos});
  if (options.dont_fragment && to.is_v6()) slot.append_control(IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

void set_pieces(UdpSendSlot& slot, std::span<const base::Bytes> pieces) {
  slot.payload_bytes = 0;
  slot.piece_count = static_cast<uint32_t>(std::min(pieces.size(), slot.pieces.size()));
  for (size_t i = 0; i < slot.piece_count; ++i) {
    slot.pieces[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};  // sendmmsg only reads
    slot.payload_bytes += pieces[i].size();
  }
}

}  // namespace

void UdpSendSlot::fill(base::Family socket_family, const base::Endpoint& endpoint,
                       std::span<const base::Bytes> parts, const SendOptions& send_options) {
  destination = endpoint;
  options = send_options;
  to_socket_address(endpoint, socket_family, to);
  set_pieces(*this, parts);
  set_control(*this, socket_family);
}

}  // namespace net

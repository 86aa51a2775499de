// One datagram that waits in a UdpSendBatch. Internal to net.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/bytes.h"
#include "net/socket_address.h"
#include "net/udp_send_batch.h"

namespace net {

struct UdpSendSlot {
  // Source address, TOS, DF; and room for UDP_SEGMENT.
  static constexpr size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo)) + 3 * CMSG_SPACE(sizeof(int));

  void fill(base::Family socket_family, const base::Endpoint& to, std::span<const base::Bytes> parts,
            const SendOptions& options);
  // Whether the kernel would treat both alike, payload and size apart.
  [[nodiscard]] bool goes_with(const UdpSendSlot& other) const {
    return destination == other.destination && options == other.options;
  }

  template <typename Value>
  void append_control(int level, int type, const Value& value) {
    auto* const message = reinterpret_cast<cmsghdr*>(control.data() + control_bytes);
    message->cmsg_level = level;
    message->cmsg_type = type;
    message->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(message), &value, sizeof value);
    control_bytes += CMSG_SPACE(sizeof value);
  }

  base::Endpoint destination;
  SendOptions options;
  SocketAddress to;
  std::array<iovec, UdpSendBatch::kMaxPieces> pieces;
  alignas(cmsghdr) std::array<uint8_t, kControlBytes> control;
  std::array<uint8_t, UdpSendBatch::kScratchBytes> scratch;
  uint32_t piece_count;
  uint32_t control_bytes;
  size_t payload_bytes;
};

}  // namespace net

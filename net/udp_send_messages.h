// The messages of one sendmmsg: a datagram each, or several of one destination and size joined by UDP_SEGMENT
// (Linux 4.18), which the kernel takes down its layers as one and cuts up at the end. Internal to net.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/udp_send_slot.h"

namespace net {

class UdpSendMessages {
 public:
  // What the kernel refuses or cannot cut is not joined: as many segments, as many octets in all
  // (udp_send_skb), and larger segments than an Ethernet packet carries, which need fragments instead.
  static constexpr size_t kMostSegments = 64;
  static constexpr size_t kMostBytes = 65'000;
  static constexpr size_t kLongestSegment = 1452;  // 1500 less the headers of IPv6 and UDP

  explicit UdpSendMessages(size_t datagrams);

  void clear();
  // Slots come in order, must stay, and are changed: the first of a joined message gets the control message.
  // `number` is the caller's name for the slot.
  void append(UdpSendSlot& slot, uint32_t number, bool may_join);

  [[nodiscard]] std::span<mmsghdr> headers() { return std::span(headers_).first(count_); }
  struct Contents {
    UdpSendSlot* first = nullptr;
    uint32_t number = 0;  // of the first slot
    uint32_t datagrams = 0;
    size_t payload_bytes = 0;
    bool closed = false;  // its last segment is shorter: nothing may follow
  };
  [[nodiscard]] const Contents& contents(size_t message) const { return contents_[message]; }

 private:
  [[nodiscard]] bool fits_last(const UdpSendSlot& slot) const;
  void join_last(const UdpSendSlot& slot);
  void start(UdpSendSlot& slot, uint32_t number);

  size_t count_ = 0;
  std::vector<mmsghdr> headers_;
  std::vector<Contents> contents_;
  std::vector<iovec> pieces_;  // of all messages, in order; never grows
};

}  // namespace net

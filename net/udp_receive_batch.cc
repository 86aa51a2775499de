#include "net/udp_receive_batch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/cache_line.h"
#include "net/mapped_memory.h"
#include "net/poison.h"
#include "net/socket_address.h"
#include "net/udp_socket.h"

namespace net {
namespace {

// A pending ICMP error takes the place of one call's result; so many in a row are skipped before giving up.
constexpr int kTriesPastErrors = 4;

// Address, TOS and drop count of one datagram: IPV6_PKTINFO is the largest.
struct alignas(cmsghdr) Control {
  std::array<uint8_t, CMSG_SPACE(sizeof(in6_pktinfo)) + 2 * CMSG_SPACE(sizeof(int))> octets;
};

template <typename Value>
Value load(const cmsghdr& control) {
  Value value;
  std::memcpy(&value, CMSG_DATA(&control), sizeof value);
  return value;
}

void apply_ipv4(const cmsghdr& control, ReceivedDatagram& datagram) {
  if (control.cmsg_type == IP_PKTINFO) datagram.to = to_ip(load<in_pktinfo>(control).ipi_spec_dst);
  if (control.cmsg_type == IP_TOS) datagram.tos = load<uint8_t>(control);
}

void apply_ipv6(const cmsghdr& control, ReceivedDatagram& datagram) {
  if (control.cmsg_type == IPV6_PKTINFO) datagram.to = to_ip(load<in6_pktinfo>(control).ipi6_addr);
  if (control.cmsg_type == IPV6_TCLASS) datagram.tos = static_cast<uint8_t>(load<int>(control));
}

size_t buffer_stride(size_t payload_bytes) {
  const size_t bytes = UdpReceiveBatch::kHeadroomBytes + payload_bytes + UdpReceiveBatch::kTailroomBytes;
  return (bytes + base::kCacheLineBytes - 1) / base::kCacheLineBytes * base::kCacheLineBytes;
}

}  // namespace

struct UdpReceiveBatch::Internals {
  explicit Internals(const Options& options)
      : payload_bytes(options.payload_bytes),
        stride(buffer_stride(options.payload_bytes)),
        buffers(stride * options.datagrams),
        addresses(options.datagrams),
        controls(options.datagrams),
        pieces(options.datagrams),
        messages(options.datagrams),
        datagrams(options.datagrams) {
    for (size_t i = 0; i < options.datagrams; ++i) point_to_buffers(i);
  }

  uint8_t* payload(size_t i) const { return buffers.data() + i * stride + kHeadroomBytes; }

  void point_to_buffers(size_t i) {
    pieces[i] = {payload(i), payload_bytes};
    auto& header = messages[i].msg_hdr;
    header.msg_name = &addresses[i].any;
    header.msg_iov = &pieces[i];
    header.msg_iovlen = 1;
    header.msg_control = controls[i].octets.data();
    reset_lengths(i);
  }
  // The kernel writes the lengths that it used over those that it may use.
  void reset_lengths(size_t i) {
    auto& header = messages[i].msg_hdr;
    header.msg_namelen = sizeof addresses[i].v6;
    header.msg_controllen = sizeof controls[i].octets;
  }

  size_t receive_messages(int fd);
  void read_message(size_t i);
  void read_control(msghdr& header, ReceivedDatagram& datagram);

  const size_t payload_bytes;
  const size_t stride;
  const MappedMemory buffers;
  std::vector<SocketAddress> addresses;
  std::vector<Control> controls;
  std::vector<iovec> pieces;
  std::vector<mmsghdr> messages;
  std::vector<ReceivedDatagram> datagrams;
  size_t used = 0;  // messages whose lengths the last call changed
  uint32_t kernel_drops = 0;
  Counters counters;
};

size_t UdpReceiveBatch::Internals::receive_messages(int fd) {
  for (size_t i = 0; i < used; ++i) reset_lengths(i);
  used = 0;
  for (int i = 0; i < kTriesPastErrors; ++i) {
    const int got =
        recvmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()), MSG_DONTWAIT, nullptr);
    counters.calls.add();
    if (got >= 0) return used = static_cast<size_t>(got);
    if (errno == EAGAIN) return 0;
  }
  return 0;
}

void UdpReceiveBatch::Internals::read_control(msghdr& header, ReceivedDatagram& datagram) {
  for (auto* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_IP) apply_ipv4(*control, datagram);
    if (control->cmsg_level == IPPROTO_IPV6) apply_ipv6(*control, datagram);
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL)
      kernel_drops = load<uint32_t>(*control);
  }
}

// With UDP_GRO a message carries a run of datagrams of one sender and a UDP_GRO control message with their
// size: this is the place to cut it into several ReceivedDatagrams (datagrams then needs room for 64 per
// message, and payload_bytes 65,535). Inside a run only the first has headroom; the others have the tail of
// the one before.
void UdpReceiveBatch::Internals::read_message(size_t i) {
  auto& message = messages[i];
  auto& datagram = datagrams[i];
  datagram = {.from = to_endpoint(&addresses[i].any),
              .to = {},
              .data = {payload(i), message.msg_len},
              .truncated = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0};
  if (message.msg_hdr.msg_controllen > 0) read_control(message.msg_hdr, datagram);
  if (datagram.truncated) counters.truncated.add();
  counters.payload_bytes.add(message.msg_len);
}

UdpReceiveBatch::UdpReceiveBatch(const Options& options) : internals_(std::make_unique<Internals>(options)) {}
UdpReceiveBatch::~UdpReceiveBatch() = default;

std::span<ReceivedDatagram> UdpReceiveBatch::receive(const UdpSocket& socket) {
  auto& self = *internals_;
  self.kernel_drops = 0;
  const size_t before = self.used;
  unpoison({self.buffers.data(), self.buffers.size()});
  const size_t got = self.receive_messages(socket.fd());
  for (size_t i = got; i < before; ++i) poison(self.datagrams[i].data);  // the others hold something new
  for (size_t i = 0; i < got; ++i) self.read_message(i);
  self.counters.datagrams.add(got);
  return std::span(self.datagrams).first(got);
}

size_t UdpReceiveBatch::capacity() const { return internals_->messages.size(); }
uint32_t UdpReceiveBatch::kernel_drops() const { return internals_->kernel_drops; }
const UdpReceiveBatch::Counters& UdpReceiveBatch::counters() const { return internals_->counters; }

}  // namespace net

#include "net/udp_send_batch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "net/socket_address.h"
#include "net/udp_send_runs.h"
#include "net/udp_socket.h"

namespace net {
namespace {

using base::Bytes;
using base::Endpoint;

// Source address, TOS, DF; and room for UDP_SEGMENT.
constexpr size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo)) + 3 * CMSG_SPACE(sizeof(int));

struct Slot {
  SocketAddress to;
  std::array<iovec, UdpSendBatch::kMaxPieces> pieces;
  alignas(cmsghdr) std::array<uint8_t, kControlBytes> control;
  std::array<uint8_t, UdpSendBatch::kScratchBytes> scratch;
  uint32_t piece_count;
  uint32_t control_bytes;
  size_t payload_bytes;
};

template <typename Value>
void append_control(Slot& slot, int level, int type, const Value& value) {
  auto* const control = reinterpret_cast<cmsghdr*>(slot.control.data() + slot.control_bytes);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(CMSG_DATA(control), &value, sizeof value);
  slot.control_bytes += CMSG_SPACE(sizeof value);
}

void append_source(Slot& slot, const base::IpAddress& from, base::Family socket_family) {
  if (socket_family == base::Family::kIpv4) {
    append_control(slot, IPPROTO_IP, IP_PKTINFO,
                   in_pktinfo{.ipi_ifindex = 0, .ipi_spec_dst = to_in_addr(from), .ipi_addr = {}});
  } else {
    append_control(slot, IPPROTO_IPV6, IPV6_PKTINFO,
                   in6_pktinfo{.ipi6_addr = to_in6_addr(from), .ipi6_ifindex = 0});
  }
}

void set_control(Slot& slot, const Endpoint& to, base::Family socket_family, const SendOptions& options) {
  slot.control_bytes = 0;
  if (!options.from.is_unspecified()) append_source(slot, options.from, socket_family);
  // By the datagram's family, not the socket's: the kernel looks at the other's control messages not at all.
  if (options.tos && to.ip.is_v4()) append_control(slot, IPPROTO_IP, IP_TOS, int{*options.tos});
  if (options.tos && to.ip.is_v6()) append_control(slot, IPPROTO_IPV6, IPV6_TCLASS, int{*options.tos});
  if (options.dont_fragment && to.ip.is_v6()) append_control(slot, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

void set_pieces(Slot& slot, std::span<const Bytes> pieces) {
  slot.payload_bytes = 0;
  slot.piece_count = static_cast<uint32_t>(std::min(pieces.size(), slot.pieces.size()));
  for (size_t i = 0; i < slot.piece_count; ++i) {
    slot.pieces[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};  // sendmmsg only reads
    slot.payload_bytes += pieces[i].size();
  }
}

// This is the place to join neighbours of one run that share destination, source and size into one message
// with a UDP_SEGMENT control message (the last may be shorter; at most 64 and 65,535 octets together).
void point_to_slot(mmsghdr& message, Slot& slot) {
  auto& header = message.msg_hdr;
  header.msg_name = &slot.to.any;
  header.msg_namelen = slot.to.bytes;
  header.msg_iov = slot.pieces.data();
  header.msg_iovlen = slot.piece_count;
  header.msg_control = slot.control_bytes > 0 ? slot.control.data() : nullptr;
  header.msg_controllen = slot.control_bytes;
}

base::Counter& counter_of(int error, UdpSendBatch::Counters& counters) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS:
      return counters.would_block;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EACCES:
    case EPERM:
      return counters.unreachable;
    case ECONNREFUSED:
      return counters.refused;
    case EMSGSIZE:
      return counters.too_big;
    default:
      return counters.other;
  }
}

// PROBE and not DO: the client does its own path MTU discovery, whatever this host remembers of the path.
void set_dont_fragment(int fd, bool on) {
  const int value = on ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, sizeof value);
}

}  // namespace

struct UdpSendBatch::Internals {
  explicit Internals(size_t datagrams) : slots(datagrams), messages(datagrams), runs(datagrams) {}

  void gather(const UdpSendRun& run);
  void send_run(const UdpSendRun& run);
  void send_messages(int fd);
  int try_send(int fd, std::span<mmsghdr> rest);
  void count_sent(std::span<const mmsghdr> sent);

  std::vector<Slot> slots;
  std::vector<mmsghdr> messages;  // of the run being sent
  size_t waiting = 0;             // slots in use
  size_t run_length = 0;          // messages in use
  UdpSendRuns runs;
  Counters counters;
};

void UdpSendBatch::Internals::gather(const UdpSendRun& run) {
  run_length = 0;
  for (uint32_t i = run.first; i != UdpSendRuns::kNone; i = runs.next(i)) {
    messages[run_length].msg_len = static_cast<unsigned>(slots[i].payload_bytes);
    point_to_slot(messages[run_length++], slots[i]);
  }
}

void UdpSendBatch::Internals::count_sent(std::span<const mmsghdr> sent) {
  counters.datagrams.add(sent.size());
  for (const auto& message : sent) counters.payload_bytes.add(message.msg_len);
}

// The number sent, or the first one's error, negative. An error may be an earlier datagram's ICMP answer,
// which the kernel hands to the next send of the socket and then forgets: so the first is tried again, once.
int UdpSendBatch::Internals::try_send(int fd, std::span<mmsghdr> rest) {
  const auto send = [&] {
    counters.calls.add();
    const int sent = sendmmsg(fd, rest.data(), static_cast<unsigned>(rest.size()), MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
  };
  const int outcome = send();
  return outcome >= 0 || outcome == -EAGAIN ? outcome : send();
}

// Ends because every turn sends or skips at least one.
void UdpSendBatch::Internals::send_messages(int fd) {
  auto rest = std::span(messages).first(run_length);
  while (!rest.empty()) {
    const int outcome = try_send(fd, rest);
    if (outcome < 0) counter_of(-outcome, counters).add();
    const auto done = outcome > 0 ? static_cast<size_t>(outcome) : size_t{1};
    if (outcome > 0) count_sent(rest.first(done));
    rest = rest.subspan(done);
  }
}

void UdpSendBatch::Internals::send_run(const UdpSendRun& run) {
  gather(run);
  if (run.dont_fragment_v4) set_dont_fragment(run.fd, true);
  send_messages(run.fd);
  if (run.dont_fragment_v4) set_dont_fragment(run.fd, false);
}

UdpSendBatch::UdpSendBatch(size_t datagrams)
    : internals_(std::make_unique<Internals>(std::max<size_t>(datagrams, 1))) {}
UdpSendBatch::~UdpSendBatch() = default;

base::MutableBytes UdpSendBatch::scratch() { return internals_->slots[internals_->waiting].scratch; }

void UdpSendBatch::add(const UdpSocket& socket, const Endpoint& to, Bytes payload,
                       const SendOptions& options) {
  add(socket, to, std::span(&payload, 1), options);
}

void UdpSendBatch::add(const UdpSocket& socket, const Endpoint& to, std::span<const Bytes> pieces,
                       const SendOptions& options) {
  auto& self = *internals_;
  auto& slot = self.slots[self.waiting];
  to_socket_address(to, socket.family(), slot.to);
  set_pieces(slot, pieces);
  set_control(slot, to, socket.family(), options);
  self.runs.append(static_cast<uint32_t>(self.waiting), socket.fd(), options.dont_fragment && to.ip.is_v4());
  if (++self.waiting == self.slots.size()) flush();
}

void UdpSendBatch::flush() {
  auto& self = *internals_;
  for (const auto& run : self.runs.runs()) self.send_run(run);
  self.runs.clear();
  self.waiting = 0;
}

size_t UdpSendBatch::waiting() const { return internals_->waiting; }
const UdpSendBatch::Counters& UdpSendBatch::counters() const { return internals_->counters; }

}  // namespace net

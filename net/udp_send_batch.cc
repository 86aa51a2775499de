#include "net/udp_send_batch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "net/udp_send_messages.h"
#include "net/udp_send_runs.h"
#include "net/udp_send_slot.h"
#include "net/udp_socket.h"

namespace net {
namespace {

using base::Bytes;
using base::Endpoint;

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

// What only a joined message can meet: its segments are too large for the path, or the interface cannot cut
// it up (EIO: it has no checksum offload).
bool is_about_joining(int error) { return error == EMSGSIZE || error == EINVAL || error == EIO; }

// PROBE and not DO: the client does its own path MTU discovery, whatever this host remembers of the path.
void set_dont_fragment(int fd, bool on) {
  const int value = on ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, sizeof value);
}

}  // namespace

struct UdpSendBatch::Internals {
  explicit Internals(size_t datagrams)
      : slots(datagrams), together(datagrams), alone(datagrams), runs(datagrams) {}

  void send_run(const UdpSendRun& run);
  void send_messages(int fd, UdpSendMessages& messages);
  void send_apart(int fd, const UdpSendMessages::Contents& contents);
  int try_send(int fd, std::span<mmsghdr> rest);
  void count_sent(const UdpSendMessages::Contents& contents);

  std::vector<UdpSendSlot> slots;
  size_t waiting = 0;  // slots in use
  UdpSendMessages together;
  UdpSendMessages alone;  // of a message whose datagrams go singly after all
  UdpSendRuns runs;
  bool may_join = true;
  Counters counters;
};

void UdpSendBatch::Internals::count_sent(const UdpSendMessages::Contents& contents) {
  counters.datagrams.add(contents.datagrams);
  counters.payload_bytes.add(contents.payload_bytes);
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
void UdpSendBatch::Internals::send_messages(int fd, UdpSendMessages& messages) {
  const auto headers = messages.headers();
  for (size_t done = 0; done < headers.size();) {
    const int outcome = try_send(fd, headers.subspan(done));
    const auto& first = messages.contents(done);
    if (outcome > 0) {
      for (int i = 0; i < outcome; ++i) count_sent(messages.contents(done++));
      continue;
    }
    ++done;
    if (first.datagrams > 1 && is_about_joining(-outcome)) {
      may_join = may_join && outcome != -EIO;
      send_apart(fd, first);
    } else {
      counter_of(-outcome, counters).add(first.datagrams);
    }
  }
}

void UdpSendBatch::Internals::send_apart(int fd, const UdpSendMessages::Contents& contents) {
  alone.clear();
  uint32_t number = contents.number;
  for (uint32_t i = 0; i < contents.datagrams; ++i, number = runs.next(number))
    alone.append(slots[number], number, false);
  send_messages(fd, alone);
}

void UdpSendBatch::Internals::send_run(const UdpSendRun& run) {
  together.clear();
  for (uint32_t i = run.first; i != UdpSendRuns::kNone; i = runs.next(i))
    together.append(slots[i], i, may_join);
  if (run.dont_fragment_v4) set_dont_fragment(run.fd, true);
  send_messages(run.fd, together);
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
  slot.fill(socket.family(), to, pieces, options);
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

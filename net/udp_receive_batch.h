// Many datagrams for one system call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/bytes.h"
#include "base/counter.h"

namespace net {

class UdpSocket;

struct ReceivedDatagram {
  base::Endpoint from;      // IPv4-mapped sources come out as IPv4
  base::IpAddress to;       // the local address it was sent to; 0.0.0.0 without UdpOptions::packet_info
  base::MutableBytes data;  // with kHeadroomBytes free octets before it and kTailroomBytes after it
  uint8_t tos = 0;          // TOS / traffic class octet; 0 without UdpOptions::receive_tos
  bool truncated = false;   // the datagram was longer than Options::payload_bytes: its end is lost
};

// The buffers of recvmmsg, owned once per worker and used for all of its sockets. No allocation after
// construction. One thread.
class UdpReceiveBatch {
 public:
  static constexpr size_t kHeadroomBytes = 64;
  static constexpr size_t kTailroomBytes =
      16;  // ChannelData padding over streams, and a terminator for nobody

  struct Options {
    size_t datagrams = 64;
    // Longest datagram taken whole. Up to 65,535; memory is touched only as far as datagrams reach.
    size_t payload_bytes = 2048;
  };
  // Of all sockets together.
  struct Counters {
    base::Counter datagrams;
    base::Counter payload_bytes;
    base::Counter calls;      // system calls, so that datagrams / calls is the real batch size
    base::Counter truncated;  // flagged datagrams
  };

  UdpReceiveBatch() : UdpReceiveBatch(Options{}) {}
  explicit UdpReceiveBatch(const Options& options);
  ~UdpReceiveBatch();

  // What waits on `socket`, at most one batch; empty if nothing does. Never blocks. The result and its
  // buffers are the caller's until the next receive(). A result shorter than the batch means that the socket
  // ran empty: wait for readiness. After an empty result read the socket's next_error() if it was opened with
  // receive_errors.
  [[nodiscard]] std::span<ReceivedDatagram> receive(const UdpSocket& socket);

  [[nodiscard]] size_t capacity() const;
  // Datagrams that the kernel dropped on the socket of the last receive() since it was opened, as far as the
  // kernel told (UdpOptions::receive_drops): it tells with the next datagram that it does deliver.
  [[nodiscard]] uint32_t kernel_drops() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

// A UDP socket: options, bind, and ICMP errors.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <utility>

#include "base/address.h"
#include "net/icmp_error.h"
#include "net/system_error.h"
#include "net/unique_fd.h"

namespace net {

struct UdpOptions {
  // Several sockets on one address, one per worker; the kernel spreads clients over them.
  bool reuse_port = false;
  // Kernel buffers; 0 leaves the system's default. Above net.core.rmem_max / wmem_max they are cut to it,
  // without CAP_NET_ADMIN.
  int receive_buffer_bytes = 0;
  int send_buffer_bytes = 0;
  // Tells to which local address a datagram came. Needed on 0.0.0.0 and [::] to reply from the same address.
  bool packet_info = false;
  // Off: an IPv6 socket also takes IPv4, as a listener on [::] may. Relay sockets keep it on.
  bool v6_only = true;
  // ICMP errors go to the error queue: next_error(). A busy listener does better without.
  bool receive_errors = false;
  // Reports the TOS / traffic class octet of each datagram (DSCP and ECN, RFC 8656 §15).
  bool receive_tos = false;
  // Reports how many datagrams the kernel dropped because the receive buffer was full.
  bool receive_drops = false;
};

// Non-blocking, closed on exec, never connected. Fragments what is too large (RFC 8656 §15: DF clear unless
// the client asked; UdpSendBatch sets it per datagram). Use from one thread at a time.
class UdpSocket {
 public:
  UdpSocket() = default;  // no socket: fd() is -1

  // Port 0: the kernel picks one; see local(). The error names the address and the cure; code EADDRINUSE
  // means try another port.
  [[nodiscard]] static std::expected<UdpSocket, SystemError> open(const base::Endpoint& local,
                                                                  const UdpOptions& options = {});

  [[nodiscard]] int fd() const { return fd_.get(); }
  // The bound address, with the port that the kernel chose.
  [[nodiscard]] const base::Endpoint& local() const { return local_; }
  [[nodiscard]] base::Family family() const { return local_.ip.family; }

  // The oldest unread ICMP error, with options.receive_errors. Read them when a receive came back empty or
  // failed: while one waits, the descriptor stays ready, and the next send may report it in place of its own
  // outcome.
  [[nodiscard]] std::optional<IcmpError> next_error() const;

  // Reads up to kErrorsPerCall errors: bounded, so that a flood of ICMP cannot hold the worker.
  template <typename Handler>
  void drain_errors(Handler&& handler) const {
    for (int i = 0; i < kErrorsPerCall; ++i) {
      const auto error = next_error();
      if (!error) return;
      handler(*error);
    }
  }

 private:
  static constexpr int kErrorsPerCall = 32;

  UdpSocket(UniqueFd fd, const base::Endpoint& local) : fd_(std::move(fd)), local_(local) {}

  UniqueFd fd_;
  base::Endpoint local_;
};

}  // namespace net

// Datagrams of one round, sent with one system call per socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/bytes.h"
#include "base/counter.h"

namespace net {

class UdpSocket;

struct SendOptions {
  // The local address to send from; 0.0.0.0 or :: lets the kernel choose. On a socket bound to every address,
  // a reply must leave from where the request arrived (ReceivedDatagram::to), or the client's NAT drops it.
  base::IpAddress from{};
  // Sets DF, and lets the path answer with ICMP (RFC 8656 §14.9). Too large for the link: counted as too_big.
  bool dont_fragment = false;
  std::optional<uint8_t> tos{};  // TOS / traffic class octet; else the socket's

  bool operator==(const SendOptions&) const = default;
};

// Gathers datagrams and sends them with one sendmmsg per socket; neighbours of one destination and size
// travel down the kernel's layers as one (UDP_SEGMENT) and leave as what they are. Order is kept per socket
// (apart from datagrams with and without dont_fragment). An error of one datagram costs that datagram alone,
// or those of its destination that were to leave with it. No allocation after construction, no copy of
// payload. One thread.
class UdpSendBatch {
 public:
  static constexpr size_t kScratchBytes = 64;
  static constexpr size_t kMaxPieces = 4;

  // Of all sockets together. What was neither sent nor counted below does not exist.
  struct Counters {
    base::Counter datagrams;  // sent
    base::Counter payload_bytes;
    base::Counter calls;        // system calls
    base::Counter would_block;  // the socket's send buffer or the link's queue is full
    base::Counter
        unreachable;        // no route, or a firewall of this host (ENETUNREACH, EHOSTUNREACH, EPERM, EACCES)
    base::Counter refused;  // ECONNREFUSED twice: a storm of ICMP errors of other datagrams
    base::Counter too_big;  // EMSGSIZE
    base::Counter other;
  };

  // Flushes by itself when `datagrams` have gathered.
  explicit UdpSendBatch(size_t datagrams = 64);
  ~UdpSendBatch();  // does not flush

  // kScratchBytes octets to build the next datagram's header in; pass (a part of) it to add() as the first
  // piece.
  [[nodiscard]] base::MutableBytes scratch();

  // `payload` and `socket` must stay until flush(). `to` may be IPv4 on an IPv6 socket that is not v6_only.
  void add(const UdpSocket& socket, const base::Endpoint& to, base::Bytes payload,
           const SendOptions& options = {});
  // The datagram is the pieces joined: at most kMaxPieces, e.g. scratch header, payload, padding.
  void add(const UdpSocket& socket, const base::Endpoint& to, std::span<const base::Bytes> pieces,
           const SendOptions& options = {});

  // Sends everything gathered. Never blocks; at most two system calls per datagram.
  void flush();

  [[nodiscard]] size_t waiting() const;  // datagrams gathered
  [[nodiscard]] const Counters& counters() const;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

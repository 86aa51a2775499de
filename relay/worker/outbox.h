// Carries the server's steps out: gathers datagrams and stream frames until the end of the batch.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/packet_ring.h"
#include "net/poison.h"
#include "net/udp_send_batch.h"
#include "relay/server.h"
#include "relay/worker/relay_sockets.h"

namespace relay::worker {

class ClientStreams;
class DtlsClients;

// What crosses from one worker to another beside the payload.
struct HairpinHeader {
  base::Endpoint relayed;  // the receiving allocation's address
  base::Endpoint from;     // the sending allocation's address, as peers know it
};
using HairpinRing = net::PacketRing<HairpinHeader>;

// Steps are views that die with the next packet; what they point to must live until flush(): payloads do
// (receive buffers), headers do because every step gets scratch space of its own.
class Outbox {
 public:
  struct Wiring {
    const PeerPolicy* const* policy;
    SharedPorts* ports;
    RelaySockets* sockets;
    ClientStreams* streams;
    DtlsClients* dtls;
    std::vector<const net::UdpSocket*>* listeners;  // by route of a UDP client
    std::vector<HairpinRing*>* rings;               // by worker; null for this one
    Counters* counters;
  };
  Outbox();
  void wire(const Wiring& wiring) { wiring_ = wiring; }

  // Space for the next step's header.
  [[nodiscard]] base::MutableBytes scratch() {
    net::unpoison(slot(next_));
    return slot(next_);
  }
  // `from`: whom a kReply goes to.
  void carry_out(const Step& step, const ClientPath& from);
  // A whole message for a client over a stream.
  void send_message(const ClientPath& to, base::Bytes message);
  // A finished datagram (a DTLS record) from the socket that `to` came in by. It must live until flush().
  void send_datagram(const ClientPath& to, base::Bytes datagram);
  void flush();

  [[nodiscard]] const net::UdpSendBatch::Counters& sent() const { return batch_.counters(); }

 private:
  // More than one send batch holds, so that no header is overwritten while it waits.
  static constexpr size_t kScratchSlots = 128;
  static constexpr size_t kBatch = 64;

  void to_client(const ClientPath& client, base::Bytes header, base::Bytes payload, size_t padding_bytes,
                 bool media);
  void to_other_worker(const Step& step);
  void use_scratch() { next_ = (next_ + 1) % kScratchSlots; }
  [[nodiscard]] base::MutableBytes slot(size_t number) {
    return {scratch_.get() + number * kReplySpaceBytes, kReplySpaceBytes};
  }

  Wiring wiring_{};
  net::UdpSendBatch batch_{kBatch};
  std::unique_ptr<uint8_t[]> scratch_;
  size_t next_ = 0;
  bool rang_ = false;  // something went into a ring since the last flush
};

}  // namespace relay::worker

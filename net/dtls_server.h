// DTLS associations of TURN clients on a UDP port shared with STUN (RFC 7350): datagrams in, datagrams out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/counter.h"
#include "base/siphash.h"
#include "base/time.h"
#include "net/dtls_context.h"
#include "net/dtls_path.h"
#include "net/dtls_places.h"

namespace net {

struct DtlsOptions {
  // Random, and the same for all workers: the kernel may hand a client's second datagram to another one.
  base::SipHashKey cookie_key{};
  DtlsLimits limits;
  // From the ClientHello with a valid cookie to the last message of the handshake.
  std::chrono::seconds handshake_timeout{10};
  // From the handshake, and again from what came of it, until an association ends unless
  // DtlsHandler::is_in_use(), whatever its client says meanwhile.
  std::chrono::seconds unauthenticated_lifetime{60};
  // Handshakes begun by one source_of(), five times as many at once; of a /48 kSourcesPerNetwork times as
  // many. An office behind one address may start all at once. 0: no limit.
  uint32_t handshakes_per_second = 20;
  // Begun in one turn: each is a signature, 0.1 to 1 ms, for which everybody else waits. Some more wait
  // (DtlsLine), further clients send again.
  size_t handshakes_per_turn = 4;
  // Datagrams, in one turn, of handshakes that have begun: one of each is a key agreement, about 0.1 ms.
  size_t handshake_datagrams_per_turn = 8;
  // Wait before the first retransmission of a handshake flight, doubled each time.
  std::chrono::microseconds first_retransmit = std::chrono::milliseconds(500);
  // How many records of one client, beside the first of each datagram, one turn takes. Of a datagram that has
  // more the rest comes in later turns if any of it could be read; further datagrams that do not fit are
  // dropped.
  size_t further_records_per_turn = 32;
  // The same of all together that are not in use.
  size_t strangers_records_per_turn = 256;
  // Longest datagram of the handshake. Conservative: no path MTU discovery comes before it.
  size_t mtu_bytes = 1200;
};

// What the server wants done. It must not call handle_datagram(), handle_timeout() or end_batch(); it may
// call send() and close().
class DtlsHandler {
 public:
  // Send `datagram` to path.client from path.server. Valid until end_batch() or the end of
  // on_dtls_buffers_lent(): a UdpSendBatch that is flushed in both needs no copy.
  virtual void on_dtls_send(const DtlsPath& path, base::Bytes datagram) = 0;
  // One record of an open association, decrypted: one STUN message or ChannelData. 64 octets of headroom, 16
  // of tailroom; valid as long as what on_dtls_send() gives.
  virtual void on_dtls_data(const DtlsPath& path, base::MutableBytes data) = 0;
  // More records have come than there are buffers: send what still looks at them, for they are used again
  // when this returns. But not the one that on_dtls_data() is being told of.
  virtual void on_dtls_buffers_lent() = 0;
  // Whether the client has an allocation: an association that fell silent is still wanted then. Asked after
  // each datagram too, until it is so once: strangers keep no buffers.
  virtual bool is_in_use(const DtlsPath& path) = 0;
  // An association that was open has ended: by either side's close_notify, a fatal alert, its deadline, a new
  // handshake of the same client (while it was in use: one that is done), or because a newcomer needs its
  // place. It is gone already.
  virtual void on_dtls_closed(const DtlsPath& path) = 0;

 protected:
  ~DtlsHandler() = default;
};

// One per worker. Owns no socket and reads no clock (but OpenSSL's retransmission timers do). Nothing is held
// for a client before its cookie has come back: a forged source costs one hash and one short answer (RFC 6347
// §4.2.1). One thread.
class DtlsServer {
 public:
  static constexpr size_t kBuffers = 64;

  struct Counters {
    base::Counter cookies_sent;       // HelloVerifyRequests
    base::Counter opened;             // handshakes completed
    base::Counter failed;             // handshakes begun and not completed
    base::Counter closed;             // open associations that ended
    base::Counter dropped_unknown;    // neither a ClientHello nor of a known client
    base::Counter dropped_full;       // valid ClientHellos beyond DtlsLimits
    base::Counter dropped_rate;       // and those that came too fast
    base::Counter dropped_broken;     // nothing in it that a client of this state can have sent
    base::Counter dropped_share;      // of a client that has had its share of the turn
    base::Counter retransmit_rounds;  // flights sent again
  };

  DtlsServer(base::TimePoint now, const DtlsContext& context, const DtlsOptions& options,
             DtlsHandler& handler);
  ~DtlsServer();  // silently: call close_all() first to say goodbye

  // A datagram whose first octet is_dtls(). `path.route` is remembered from a client's first datagram.
  void handle_datagram(base::TimePoint now, const DtlsPath& path, base::Bytes datagram);
  // A turn begins: what comes until the next one is bounded for each client, the others have had theirs.
  void begin_turn();
  // Whether records or handshakes wait for another turn, soon: then go_on(), which begins one.
  [[nodiscard]] bool has_unfinished() const;
  void go_on(base::TimePoint now);
  // Encrypts the pieces, joined, as one record. False if the association is not open or they exceed 16,384
  // octets.
  bool send(const DtlsPath& path, std::span<const base::Bytes> pieces);
  // Everything that was given to the handler has been sent or copied: its buffers are free. At the end of
  // every batch of datagrams, so that few of them are ever touched.
  void end_batch();
  // Ends an association with close_notify. on_dtls_closed() follows.
  void close(const DtlsPath& path);
  void close_all();
  // Handshakes from now on use `context`: a renewed certificate. Open associations keep theirs.
  void use(const DtlsContext& context);
  // For handshakes from now on.
  void set_limits(const DtlsLimits& limits);

  void handle_timeout(base::TimePoint now);                           // early, late or twice: harmless
  [[nodiscard]] std::optional<base::TimePoint> poll_timeout() const;  // nullopt: nothing to wait for

  [[nodiscard]] size_t sessions() const;           // open ones and handshakes under way
  [[nodiscard]] const Counters& counters() const;  // any thread

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

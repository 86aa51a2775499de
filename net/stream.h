// One connected byte stream, plain TCP or TLS, on a non-blocking socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/time.h"
#include "base/timer_wheel.h"
#include "net/byte_queue.h"
#include "net/edge_set.h"
#include "net/link.h"
#include "net/receive_buffer.h"
#include "net/unique_fd.h"

namespace net {

class Stream;
class StreamGroup;
class TlsContext;
class TlsSession;

enum class CloseReason : uint8_t {
  kPeerClosed,       // end of stream, which a handler has not taken for a half-close
  kReset,            // the socket failed: RST, or keepalive or TCP_USER_TIMEOUT gave up
  kTlsFailed,        // a handshake or a record that we refuse
  kDeadline,         // set_deadline() passed and the handler did not ask for more time
  kReceiveOverflow,  // the handler left a full receive buffer untouched
  kFinished,         // finish() has sent everything; or both directions have ended
};

enum class Priority : uint8_t {
  kDroppable,  // a media datagram: late is as good as lost
  kControl,    // a reply that the peer waits for
};

struct StreamOptions {
  // Bounds what a peer that does not read can make us keep.
  size_t send_queue_bytes = 256 * 1024;
  // The part of it that kDroppable messages may not use, so that replies still find room behind media.
  size_t control_reserve_bytes = 32 * 1024;
  // The largest frame a handler can wait for: 20 + 65535 + 3 octets of STUN or ChannelData, rounded up. At
  // most StreamGroup::kScratchBytes.
  size_t receive_buffer_bytes = 66 * 1024;
  // Data unacknowledged for so long closes the stream (TCP_USER_TIMEOUT): the client has left its network.
  std::chrono::milliseconds user_timeout{30'000};
  // An idle stream is probed after so long, then four times at a quarter of it: a vanished client sends no
  // FIN.
  std::chrono::seconds keepalive_idle{60};
  // What the kernel may hold unsent (TCP_NOTSENT_LOWAT): more would only be delay behind which media waits.
  int unsent_in_kernel_bytes = 32 * 1024;
};

// What a stream tells its owner, always from the loop and on its thread, never from inside a call to the
// stream. A handler may destroy the stream, and any other, in every one of them.
class StreamHandler {
 public:
  // `received`: every unread octet in one piece, writable until the call returns. Returns how many octets at
  // the front are done with; the rest comes again when more has arrived.
  virtual size_t on_bytes(Stream& stream, base::MutableBytes received) = 0;
  // The socket is closed; destroy the stream. Not called after close().
  virtual void on_closed(Stream& stream, CloseReason reason) = 0;
  // The handshake that start_tls() began is done; stream.alpn() says what was agreed.
  virtual void on_tls_established(Stream& /*stream*/) {}
  // The socket had not taken everything that was queued, and now it has.
  virtual void on_drained(Stream& /*stream*/) {}
  // The peer will send no more; everything that came before has been delivered. False: the stream closes with
  // kPeerClosed. True: it goes on sending, until end_output().
  virtual bool on_end(Stream& /*stream*/) { return false; }
  // The deadline has passed and is cleared. False: the stream closes with kDeadline. True: it goes on.
  virtual bool on_deadline(Stream& /*stream*/) { return false; }
  // What on_bytes() will touch, see base/fetch_ahead.h. For handlers that come by thousands.
  [[nodiscard]] virtual bool fetch_ahead(unsigned /*step*/) const { return false; }

 protected:
  ~StreamHandler() = default;
};

struct StreamCounters {
  uint64_t received_bytes = 0;  // application data; what TLS adds is not counted
  uint64_t sent_bytes = 0;      // taken by the kernel
  uint64_t sent_messages = 0;   // accepted by send()
  uint64_t dropped_messages = 0;
  uint64_t dropped_bytes = 0;
};

// Attached to one StreamGroup and used on its thread; or detached, when it may move to any thread (through a
// Mailbox, as std::unique_ptr<Stream>) together with its TLS state and its unread and unsent octets.
class Stream final : private EdgeHandler, private base::TimerLink {
 public:
  // Takes over `socket`, connected and non-blocking, and sets its TCP options. Detached at first.
  Stream(UniqueFd socket, const StreamOptions& options);
  ~Stream();  // closes at once, without a word to the handler; unsent octets are lost
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // What has arrived before comes with on_bytes() from the loop, not from inside this call. A deadline set
  // earlier still holds. `handler` must outlive the attachment, which ends with `group` at the latest.
  void attach(StreamGroup& group, StreamHandler& handler);
  // The loop forgets the stream. From inside on_bytes(): the first `consumed` octets of `received` are done
  // with, the others stay with the stream, and what on_bytes() returns is ignored.
  void detach(size_t consumed = 0);
  [[nodiscard]] bool is_attached() const { return group_ != nullptr; }
  // From now on callbacks go to `handler` (WebSocket takes over from HTTP), unread octets first.
  void set_handler(StreamHandler& handler);

  // Begins the server's side of a handshake. What has arrived and is not consumed (from inside on_bytes(): by
  // its return value) belongs to it. Nothing comes until on_tls_established(). Once, on an attached stream.
  void start_tls(const TlsContext& context);
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  // The protocol agreed on by ALPN; empty: none, which is what browsers do for turns:.
  [[nodiscard]] std::string_view alpn() const;

  // Queues a copy of `pieces` as one message; the socket sees it at the next flush(). False: no room, or
  // closed; the message is dropped whole and counted. kControl is refused only when its reserve is full too.
  bool send(std::span<const base::Bytes> pieces, Priority priority);
  bool send(base::Bytes message, Priority priority) { return send({&message, 1}, priority); }
  // How large a message send() would take now.
  [[nodiscard]] size_t send_room(Priority priority) const;
  [[nodiscard]] size_t queued_bytes() const { return queue_.size(); }
  // Writes what is queued as far as the socket takes it; the rest follows when it is ready. Messages queued
  // from inside a callback need no flush(). A failure is told by on_closed(), later.
  void flush();

  // Sends what is queued, says goodbye, discards what still arrives and ends with kFinished: when the peer
  // has closed too, or at `linger_until`. send() refuses everything from now on.
  void finish(base::TimePoint linger_until);
  // Sends what is queued, then tells the peer that no more will come; what it sends still arrives. send()
  // refuses everything from now on. When both directions have ended, on_closed(kFinished) comes.
  void end_output();
  // Closes the socket now. on_closed() is not called.
  void close();
  // As close(), but the peer hears that the connection broke (RST), not that it ended.
  void abort();
  [[nodiscard]] bool is_open() const { return static_cast<bool>(socket_); }
  // The stream, then what its handler will touch. Before send(), step 0 alone.
  [[nodiscard]] bool fetch_ahead(unsigned step) const override;

  // One deadline, kept to a quarter of a second. Setting it again replaces it.
  void set_deadline(base::TimePoint deadline);
  void clear_deadline();

  // From inside on_bytes(): enough was done for this peer at once. What on_bytes() leaves, though it could go
  // on, comes again when the other streams and sockets of the loop have had their turn, and nothing is read
  // before.
  void give_way();

  // Replaces StreamOptions::user_timeout; 0: a peer may leave as much unread as it likes, for as long.
  void set_user_timeout(std::chrono::milliseconds timeout);
  // Replaces StreamOptions::send_queue_bytes; what is queued beyond stays.
  void set_send_queue_bytes(size_t bytes) { options_.send_queue_bytes = send_limit_ = bytes; }
  // While paused no on_bytes() comes and TCP slows the peer down; that it left is noticed only when writing.
  void pause_reading();
  void resume_reading();

  // Less than StreamOptions allows, for a client that has not shown who it is: what it may have unread here,
  // and what it may leave unread of ours. Of a TLS record too nothing is taken before all of it has come.
  void set_limits(size_t receive_bytes, size_t send_bytes);
  void lift_limits();
  // What is held for the peer besides what on_bytes() leaves: not sent yet, or inside TLS.
  [[nodiscard]] size_t held_bytes() const;

  // `lease` dies with the stream, on whatever thread that is: connection limits count by it.
  void hold(std::shared_ptr<void> lease) { lease_ = std::move(lease); }
  [[nodiscard]] const StreamCounters& counters() const { return counters_; }

 private:
  friend class StreamGroup;
  enum class Phase : uint8_t { kPlain, kHandshakeDue, kHandshake, kTls };
  // Stands in every entry point, so that the code after a callback knows whether `this` may still be touched.
  class Callback {
   public:
    explicit Callback(Stream& stream) : stream_(&stream) { stream.callback_ = this; }
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    ~Callback() {
      if (stream_ != nullptr) stream_->callback_ = nullptr;
    }
    [[nodiscard]] bool gone() const { return stream_ == nullptr; }  // destroyed or detached
    void forget() { stream_ = nullptr; }

   private:
    Stream* stream_;
  };

  // Entry points of the loop. What they call gets the guard, since a handler may end the stream's life.
  void on_ready(Events events) override;
  void run_pending();  // what no event of the socket will bring
  void expire();
  void run_ready(Callback& guard, Events events);

  void advance_handshake(Callback& guard);
  void read_available(Callback& guard);
  [[nodiscard]] bool deliver(Callback& guard);    // false: stop reading, `this` may be gone
  [[nodiscard]] bool end_input(Callback& guard);  // false: the end of input is the end of the stream
  void drop_unread();                             // after finish(): nobody will read it
  void discard_available();
  void write_and_notify();
  void fail(CloseReason reason);  // tells the handler: `this` may be gone

  void fail_soon(CloseReason reason);
  void write_queue();
  void say_goodbye();
  void close_socket();
  void count_received(size_t bytes);
  void count_sent(size_t bytes);
  void count_dropped(size_t bytes);

  // First what every event touches, then what only reading or only writing does.
  StreamGroup* group_ = nullptr;
  StreamHandler* handler_ = nullptr;
  Callback* callback_ = nullptr;
  std::unique_ptr<TlsSession> tls_;
  UniqueFd socket_;
  Phase phase_ = Phase::kPlain;
  bool paused_ = false;
  bool finishing_ = false;
  bool said_goodbye_ = false;
  bool ending_output_ = false;
  bool peer_is_done_ = false;    // end of its stream seen, while we go on
  bool end_is_near_ = false;     // nothing will follow what the socket holds: read until it says so
  bool redeliver_ = false;       // unread octets wait for a handler that has not seen them
  bool wait_for_write_ = false;  // the socket took less than we had
  std::optional<CloseReason> failure_;
  ByteQueue queue_;
  Link<Stream> dirty_{*this};  // in the group's list of streams to flush
  StreamCounters counters_;
  StreamOptions options_;
  size_t receive_limit_;
  size_t send_limit_;
  size_t discarded_bytes_ = 0;  // after finish()
  ReceiveBuffer unread_;
  Link<Stream> pending_{*this};  // in the group's list of streams to run
  Link<Stream> place_{*this};    // in the group's list of all its streams
  std::optional<base::TimePoint> deadline_;
  std::shared_ptr<void> lease_;
};

}  // namespace net

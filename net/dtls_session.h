// One DTLS association on OpenSSL. Internal to DtlsServer.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "base/timer_wheel.h"
#include "net/datagram_bio.h"
#include "net/dtls_context.h"
#include "net/dtls_hello.h"
#include "net/dtls_path.h"
#include "net/link.h"

namespace net {

class DtlsSession;

// Where a session's datagrams go.
class DtlsSessionOutput {
 public:
  virtual void send_record(const DtlsSession& session, base::Bytes datagram) = 0;

 protected:
  ~DtlsSessionOutput() = default;
};

// Bytes in, bytes out; the deadlines are its owner's, who finds the session by its TimerLink.
class DtlsSession final : public base::TimerLink, private DatagramPort {
 public:
  enum class State { kHandshake, kOpen, kClosed };
  struct Options {
    size_t mtu_bytes;
    std::chrono::microseconds first_retransmit;
  };

  DtlsSession(const DtlsContext& context, const BIO_METHOD* bio_method, const DtlsPath& path,
              DtlsSessionOutput& output, const Options& options);

  // `hello` is a ClientHello whose cookie has been checked: begins the handshake.
  void begin(base::TimePoint now, base::Bytes hello, base::Bytes client_random);
  // One datagram of the client, whole records, which must live until end_input(): read() what it brought in
  // between. OpenSSL is shown `most_records` of them: it drops what it cannot read without telling.
  void input(base::Bytes datagram, size_t most_records);
  // As input(), with what keep_rest() kept.
  void input_rest(size_t most_records);
  // Whether records of the datagram are left that OpenSSL was not shown.
  [[nodiscard]] bool has_rest() const { return state_ == State::kOpen && !waiting.empty(); }
  void keep_rest();  // for input_rest(), as a copy
  // Returns how many records OpenSSL was shown. What was not kept is lost.
  size_t end_input();
  // Application data of one record into `buffer`; empty when there is none left, or the session has closed.
  [[nodiscard]] base::MutableBytes read(base::MutableBytes buffer);
  // Whether read() may find more.
  [[nodiscard]] bool has_more() const;
  // What encryption adds to a record that holds nothing.
  [[nodiscard]] size_t shortest_record_bytes() const;
  // Gives back what OpenSSL keeps for records, 34 kB, which an association holds for ever otherwise: it comes
  // back with the next datagram or write, for two allocations. Nothing happens while records wait.
  void release_buffers();
  // One record; false unless the session is open and the record not too long.
  bool write(base::Bytes data);
  void close();  // sends close_notify

  // When OpenSSL wants its last flight sent again: it reads the clock itself and knows only the distance from
  // now.
  [[nodiscard]] std::optional<std::chrono::microseconds> retransmit_in() const;
  bool retransmit();  // whether a flight was sent

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool has_opened() const { return has_opened_; }  // even if it is closed now
  [[nodiscard]] const DtlsPath& path() const { return path_; }
  [[nodiscard]] bool began_with(base::Bytes client_random) const;
  [[nodiscard]] base::TimePoint begun_at() const { return begun_at_; }

  // Its owner's notes.
  bool is_busy = false;                    // it is being read
  bool is_known = false;                   // it has been in use: see DtlsHandler::is_in_use()
  uint64_t turn = 0;                       // in which a datagram came last
  size_t further_records = 0;              // read in that turn, beside the first of each datagram
  size_t early_records = 0;                // encrypted ones that came before the handshake was done
  size_t handshake_datagrams = 0;          // that came before then, after the ClientHello
  Link<DtlsSession> unfinished{*this};     // waits with records for another turn
  Link<DtlsSession> stranger{*this};       // holds a place and is not known, the longest first
  std::unique_ptr<DtlsSession> successor;  // a handshake of the same client, which has lost this one's keys

 private:
  void send_datagram(base::Bytes datagram) override { output_.send_record(*this, datagram); }
  base::Bytes next_datagram() override;
  void ensure_buffers();
  void continue_handshake();
  void judge(int outcome);

  const DtlsPath path_;
  DtlsSessionOutput& output_;
  const std::chrono::microseconds first_retransmit_;
  SslHandle ssl_;
  State state_ = State::kHandshake;
  bool has_opened_ = false;
  bool has_buffers_ = true;
  base::TimePoint begun_at_{};
  std::array<uint8_t, kDtlsRandomBytes> client_random_{};
  size_t may_show_ = 0;        // records that OpenSSL may see of what is waiting
  size_t shown_ = 0;           // since input()
  std::vector<uint8_t> kept_;  // for another turn
  std::vector<uint8_t> rest_;  // was kept, and is waiting now
};

}  // namespace net

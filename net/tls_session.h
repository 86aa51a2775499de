// The server's side of one TLS connection over a non-blocking socket. Internal to net: used by Stream.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "net/byte_queue.h"
#include "net/io_result.h"
#include "net/tls_context.h"

namespace net {

// Reads and writes the socket itself, by a BIO of its own: octets that were read before anybody knew that
// they are TLS come first, and no write raises SIGPIPE. May move between threads between calls. Costs
// 15 KB when idle; record buffers are released when empty.
class TlsSession {
 public:
  // nullptr: out of memory. `socket` stays the caller's and must stay open longer.
  [[nodiscard]] static std::unique_ptr<TlsSession> accept(const TlsContext& context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // What has been read from the socket already. Before the first handshake().
  void feed(ByteQueue received);
  // On: a record stays in the socket until all of it has come, so that who sends halves holds no buffer of
  // ours. Costs two system calls more for each record.
  void take_whole_records(bool on);
  // Held by octets that wait inside: received and not read, written and not sent.
  [[nodiscard]] size_t held_bytes() const;
  // kOk: done. A client that sends more than handshakes need fails.
  [[nodiscard]] IoStatus handshake();
  // What is left of a record that has been read in part is lost, and its memory free.
  void drop_record(base::MutableBytes scratch);
  // Fills `into` from as many records as are there, but not from more than kRecordsPerRead: kOk with less
  // than there was room for means that there may be more.
  static constexpr int kRecordsPerRead = 64;
  [[nodiscard]] IoResult read(base::MutableBytes into);
  // Cuts into records of 16 KB. After kWantWrite the next call must begin with the same octets, and have as
  // many.
  [[nodiscard]] IoResult write(base::Bytes bytes);
  // close_notify, if the socket takes it.
  void say_goodbye();
  [[nodiscard]] std::string_view alpn() const;

 private:
  struct Internals;
  explicit TlsSession(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

}  // namespace net

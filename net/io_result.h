// The outcome of one non-blocking read or write.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace net {

enum class IoStatus : uint8_t {
  kOk,         // as far as it went; it may go on at once
  kWantRead,   // nothing more before the socket can be read
  kWantWrite,  // nothing more before the socket can be written
  kEnd,        // the peer has closed its side
  kCutOff,     // the same without TLS's goodbye: nothing can be sent any more either
  kReset,      // the socket failed
  kTlsFailed,  // the TLS layer refuses what it got
};

struct IoResult {
  size_t bytes = 0;  // moved; may be more than 0 with every status
  IoStatus status = IoStatus::kOk;
};

// recv(2) and send(2) without signals, repeated over EINTR.
[[nodiscard]] IoResult read_socket(int socket, base::MutableBytes into);
[[nodiscard]] IoResult write_socket(int socket, base::Bytes bytes);

}  // namespace net

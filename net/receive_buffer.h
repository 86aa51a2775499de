// What one stream has received and its handler has not yet consumed.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "net/byte_queue.h"

namespace net {

// Reads go into a scratch buffer that all streams of a loop share; only a rest that the handler leaves is
// copied into memory of the stream's own. So an idle stream holds nothing, and a stream that always ends in
// half a frame still reads as much at once as the kernel has. A rest above kLargestCopy grows in place:
// reading a long frame octet by octet must not copy it each time.
//
// The cycle is: room(), commit(), unread(), consume(). Use from one thread at a time.
class ReceiveBuffer {
 public:
  static constexpr size_t kLargestCopy = 4096;

  // Where to read next, behind what is unread: at most `limit_bytes` in all, of which `scratch` must have
  // room. Empty when that much is unread already.
  [[nodiscard]] base::MutableBytes room(base::MutableBytes scratch, size_t limit_bytes);
  void commit(size_t bytes);
  // Everything unread, in one piece. Dies at the next call that is not const.
  [[nodiscard]] base::MutableBytes unread();
  // The first `bytes` are done with; what is left moves out of `scratch`.
  void consume(size_t bytes);
  [[nodiscard]] size_t size() const { return scratch_ != nullptr ? scratch_used_ : own_.size(); }

  // Everything unread, to become somebody else's.
  [[nodiscard]] ByteQueue take();

 private:
  ByteQueue own_;
  uint8_t* scratch_ = nullptr;  // between room() and consume(), when the shared buffer is in use
  size_t scratch_used_ = 0;
};

}  // namespace net

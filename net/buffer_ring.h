// Buffers that take turns: each is left alone until all others have been used.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "net/mapped_memory.h"

namespace net {

// `count` buffers of `bytes` octets with headroom and tailroom, backed by memory as far as they are written.
// One thread. Lets a result stay a view while a send batch fills, without a copy or an allocation each.
class BufferRing {
 public:
  static constexpr size_t kHeadroomBytes = 64;
  static constexpr size_t kTailroomBytes = 16;

  BufferRing(size_t count, size_t bytes) : count_(count), bytes_(bytes), memory_(count * stride()) {}

  // The buffer whose turn it is; the same until advance().
  [[nodiscard]] base::MutableBytes current() const {
    return {memory_.data() + at_ * stride() + kHeadroomBytes, bytes_};
  }
  void advance() { at_ = (at_ + 1) % count_; }

 private:
  [[nodiscard]] size_t stride() const { return kHeadroomBytes + bytes_ + kTailroomBytes; }

  size_t count_;
  size_t bytes_;
  size_t at_ = 0;
  MappedMemory memory_;
};

}  // namespace net

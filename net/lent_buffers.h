// Buffers that are lent one by one and taken back all at once.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "net/mapped_memory.h"
#include "net/poison.h"

namespace net {

// `count` buffers of `bytes` octets with headroom and tailroom, backed by memory as far as they are written.
// One thread. Lets a result stay a view while a send batch fills, without a copy or an allocation each: no
// buffer is used again before its owner has said that nobody looks at any of them any more, however many are
// asked for meanwhile. What was taken back is poisoned.
class LentBuffers {
 public:
  static constexpr size_t kHeadroomBytes = 64;
  static constexpr size_t kTailroomBytes = 16;

  LentBuffers(size_t count, size_t bytes) : count_(count), bytes_(bytes), memory_(count * stride()) {}

  // Then take_back() before next().
  [[nodiscard]] bool all_lent() const { return lent_ == count_; }
  // The buffer whose turn it is; the same until lend(), and not lent before that.
  [[nodiscard]] base::MutableBytes next() const {
    unpoison(whole(lent_));
    return whole(lent_).subspan(kHeadroomBytes, bytes_);
  }
  void lend() { ++lent_; }
  // Every view of a lent buffer is dead.
  void take_back() {
    for (size_t i = 0; i < lent_; ++i) poison(whole(i));
    lent_ = 0;
  }

 private:
  [[nodiscard]] size_t stride() const { return kHeadroomBytes + bytes_ + kTailroomBytes; }
  [[nodiscard]] base::MutableBytes whole(size_t i) const { return {memory_.data() + i * stride(), stride()}; }

  size_t count_;
  size_t bytes_;
  size_t lent_ = 0;
  MappedMemory memory_;
};

}  // namespace net

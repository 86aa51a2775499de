// Octets in one piece: taken at the front, added at the back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace net {

// Grows by doubling and never clears what it allocates. An emptied queue holds no memory. Use from one thread
// at a time.
class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;

  [[nodiscard]] size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  // Views die at the next call that is not const.
  [[nodiscard]] base::MutableBytes bytes() { return {storage_.get() + begin_, size()}; }
  [[nodiscard]] base::Bytes bytes() const { return {storage_.get() + begin_, size()}; }

  void append(base::Bytes bytes);
  // At least `bytes` octets of uninitialised room behind the last; commit() makes the first `used` of them
  // content.
  [[nodiscard]] base::MutableBytes room(size_t bytes);
  void commit(size_t used) { end_ += used; }
  // `bytes` at most size().
  void consume(size_t bytes);
  void clear() { *this = ByteQueue(); }
  // As clear(), but keeps the memory.
  void rewind() { begin_ = end_ = 0; }
  [[nodiscard]] size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<uint8_t[]> storage_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace net

#include "net/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace net {
namespace {

constexpr size_t kFirstCapacity = 1024;

}  // namespace

ByteQueue::ByteQueue(ByteQueue&& other) noexcept
    : storage_(std::move(other.storage_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  storage_ = std::move(other.storage_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

void ByteQueue::append(base::Bytes bytes) {
  if (bytes.empty()) return;  // memcpy from nullptr is undefined even for nothing
  std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
  commit(bytes.size());
}

base::MutableBytes ByteQueue::room(size_t bytes) {
  if (capacity_ - end_ >= bytes) return {storage_.get() + end_, capacity_ - end_};
  const size_t used = size();
  // Sliding down costs a copy of what is left: only when at least as much has gone since the last time.
  if (capacity_ - used >= bytes && begin_ >= used) {
    std::memmove(storage_.get(), storage_.get() + begin_, used);
  } else {
    const size_t capacity = std::max({kFirstCapacity, capacity_ * 2, used + bytes});
    auto storage = std::make_unique_for_overwrite<uint8_t[]>(capacity);
    if (used > 0) std::memcpy(storage.get(), storage_.get() + begin_, used);
    storage_ = std::move(storage);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
  return {storage_.get() + end_, capacity_ - end_};
}

void ByteQueue::consume(size_t bytes) {
  begin_ += bytes;
  if (begin_ == end_) clear();
}

}  // namespace net

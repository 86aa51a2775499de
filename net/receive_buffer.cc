#include "net/receive_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/poison.h"

namespace net {

base::MutableBytes ReceiveBuffer::room(base::MutableBytes scratch, size_t limit_bytes) {
  if (own_.size() >= limit_bytes) return {};
  unpoison(scratch);
  if (own_.size() > kLargestCopy) {
    const size_t wanted = std::min(own_.size(), limit_bytes - own_.size());
    const auto room = own_.room(wanted);
    return room.first(std::min(room.size(), limit_bytes - own_.size()));
  }
  if (!own_.empty()) std::memcpy(scratch.data(), own_.bytes().data(), own_.size());
  scratch_ = scratch.data();
  scratch_used_ = own_.size();
  return scratch.first(limit_bytes).subspan(own_.size());
}

void ReceiveBuffer::commit(size_t bytes) {
  if (scratch_ == nullptr) return own_.commit(bytes);
  scratch_used_ += bytes;
  if (bytes == 0) scratch_ = nullptr;  // nothing came: own_ still holds what there is
}

base::MutableBytes ReceiveBuffer::unread() {
  if (scratch_ != nullptr) return {scratch_, scratch_used_};
  return own_.bytes();
}

void ReceiveBuffer::consume(size_t bytes) {
  if (scratch_ == nullptr) return own_.consume(bytes);
  const base::MutableBytes used(scratch_, scratch_used_);
  scratch_ = nullptr;
  own_.clear();
  own_.append(used.subspan(bytes));
  poison(used);
}

ByteQueue ReceiveBuffer::take() {
  consume(0);
  return std::move(own_);
}

}  // namespace net

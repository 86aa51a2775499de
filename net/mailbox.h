// Values from many threads to one loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "net/wake_up.h"

namespace net {

// A bounded queue of value messages: any thread pushes, the loop's thread receives, in the order of pushing.
// For hand-over and control; packets go through a PacketRing. Must outlive its last producer and die before
// its loop. Messages still inside then are destroyed unread.
template <typename Message>
class Mailbox {
 public:
  // `receive` runs on the loop's thread, once per message. It may push to this mailbox: that message comes in
  // a later round. It must not destroy the mailbox.
  Mailbox(EventLoop& loop, size_t capacity, std::function<void(Message&&)> receive)
      : capacity_(capacity), receive_(std::move(receive)), wake_up_(loop, [this] { deliver(); }) {}

  // False, and counted in dropped(), when `capacity` messages wait already. From any thread.
  bool push(Message message) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= capacity_) {
        ++dropped_;
        return false;
      }
      was_empty = waiting_.empty();
      waiting_.push_back(std::move(message));
    }
    if (was_empty) wake_up_.wake();
    return true;
  }

  // Messages refused so far. From any thread.
  [[nodiscard]] uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

  // Hands over what waits; the loop does so by itself. For the end, when it does not run any more. Loop's
  // thread.
  void deliver() {
    std::vector<Message> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(waiting_);
    }
    for (auto& message : batch) receive_(std::move(message));
  }

 private:
  const size_t capacity_;
  const std::function<void(Message&&)> receive_;
  mutable std::mutex mutex_;      // held for a few moves, never while receive_ runs
  std::vector<Message> waiting_;  // guarded by mutex_
  uint64_t dropped_ = 0;          // guarded by mutex_
  WakeUp wake_up_;                // last: leaves the loop first
};

}  // namespace net

// The newest snapshot of the users, shared between the threads that read it and the one that writes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "storage/user_snapshot.h"

namespace storage {

// Safe from any thread. Holds an empty snapshot until the first publish().
class CurrentUsers {
 public:
  // Never null. Takes a lock for the copy of one pointer: for a packet path use UserReader.
  [[nodiscard]] std::shared_ptr<const UserSnapshot> load() const;
  // Of what load() gives; without a lock.
  [[nodiscard]] uint64_t revision() const { return revision_.load(std::memory_order_acquire); }

  // False, and nothing changes, unless `snapshot` is newer: whoever read first but publishes last does no
  // harm.
  bool publish(std::shared_ptr<const UserSnapshot> snapshot);

 private:
  // Not std::atomic<std::shared_ptr>: that of GCC 12 releases its lock bit with relaxed order after load(), a
  // data race by the letter (ThreadSanitizer reports it) and in truth on ARM.
  mutable std::mutex mutex_;
  std::shared_ptr<const UserSnapshot> snapshot_ = std::make_shared<const UserSnapshot>();  // under mutex_
  std::atomic<uint64_t> revision_ = 0;
};

// One thread's view of the users: as long as nothing changes, current() is one load of a cache line that
// nobody writes. `users` must outlive it.
class UserReader {
 public:
  explicit UserReader(const CurrentUsers& users) : users_(users), snapshot_(users.load()) {}

  // The newest users. Valid until the next call.
  [[nodiscard]] const UserSnapshot& current() {
    if (users_.revision() != snapshot_->revision()) snapshot_ = users_.load();
    return *snapshot_;
  }

 private:
  const CurrentUsers& users_;
  std::shared_ptr<const UserSnapshot> snapshot_;
};

}  // namespace storage

// The newest snapshot of a table, shared between the threads that read it and the one that writes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace storage {

// Safe from any thread. Holds an empty snapshot until the first publish(). Snapshot: has revision().
template <typename Snapshot>
class CurrentSnapshot {
 public:
  // Never null. Takes a lock for the copy of one pointer: for a packet path use SnapshotReader.
  [[nodiscard]] std::shared_ptr<const Snapshot> load() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }
  // Of what load() gives; without a lock.
  [[nodiscard]] uint64_t revision() const { return revision_.load(std::memory_order_acquire); }

  // False, and nothing changes, unless `snapshot` is newer: whoever read first but publishes last does no
  // harm.
  bool publish(std::shared_ptr<const Snapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    if (snapshot->revision() <= snapshot_->revision()) return false;
    revision_.store(snapshot->revision(), std::memory_order_release);
    snapshot_.swap(snapshot);  // the old one, perhaps the last of its kind, dies without the lock
    return true;
  }

 private:
  // Not std::atomic<std::shared_ptr>: that of GCC 12 releases its lock bit with relaxed order after load(), a
  // data race by the letter (ThreadSanitizer reports it) and in truth on ARM.
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();  // under mutex_
  std::atomic<uint64_t> revision_ = 0;
};

// One thread's view of a table: as long as nothing changes, current() is one load of a cache line that nobody
// writes. `newest` must outlive it.
template <typename Snapshot>
class SnapshotReader {
 public:
  explicit SnapshotReader(const CurrentSnapshot<Snapshot>& newest)
      : newest_(newest), snapshot_(newest.load()) {}

  // The newest snapshot. Valid until the next call.
  [[nodiscard]] const Snapshot& current() {
    if (newest_.revision() != snapshot_->revision()) snapshot_ = newest_.load();
    return *snapshot_;
  }

 private:
  const CurrentSnapshot<Snapshot>& newest_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace storage

#include "storage/current_users.h"

#include <utility>

namespace storage {

std::shared_ptr<const UserSnapshot> CurrentUsers::load() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

bool CurrentUsers::publish(std::shared_ptr<const UserSnapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  if (snapshot->revision() <= snapshot_->revision()) return false;
  snapshot_.swap(snapshot);
  revision_.store(snapshot_->revision(), std::memory_order_release);
  return true;  // the old snapshot, if this was its last owner, dies after the lock is released
}

}  // namespace storage

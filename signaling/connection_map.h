// Finds what belongs to a connection in one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/fetch_ahead.h"
#include "signaling/peer.h"

namespace signaling {

// Of pointers that are not its own. As large as the highest place of any connection that it has held.
template <typename Owner>
class ConnectionMap {
 public:
  // Null if it is not there.
  [[nodiscard]] Owner* find(ConnectionId connection) const {
    const size_t place = place_of(connection);
    return place < held_.size() && held_[place].connection == connection ? held_[place].owner : nullptr;
  }
  // Step 0: what find() will read, see base/fetch_ahead.h.
  [[nodiscard]] bool fetch_ahead(ConnectionId connection) const {
    const size_t place = place_of(connection);
    return place < held_.size() && base::prefetch(held_[place]);
  }
  // Its place is free, or held by itself.
  void put(ConnectionId connection, Owner& owner) {
    const size_t place = place_of(connection);
    if (place >= held_.size()) held_.resize(place + 1);
    size_ += held_[place].owner == nullptr;
    held_[place] = {connection, &owner};
  }
  // False if it is not there.
  bool erase(ConnectionId connection) {
    if (find(connection) == nullptr) return false;
    held_[place_of(connection)] = {};
    --size_;
    return true;
  }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Held {
    ConnectionId connection{};
    Owner* owner = nullptr;
  };
  std::vector<Held> held_;
  size_t size_ = 0;
};

// Gives connections their names: places are used again, names are not.
class ConnectionNames {
 public:
  [[nodiscard]] ConnectionId take() {
    uint32_t place = next_place_;
    if (free_places_.empty()) {
      ++next_place_;
    } else {
      place = free_places_.back();
      free_places_.pop_back();
    }
    return ConnectionId{++taken_ << 32 | place};
  }
  void give_back(ConnectionId connection) {
    free_places_.push_back(static_cast<uint32_t>(place_of(connection)));
  }

 private:
  std::vector<uint32_t> free_places_;
  uint32_t next_place_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace signaling

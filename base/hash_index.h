// An index of objects by a key that they carry themselves: one hash and one pointer per slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace base {

// Open addressing with linear probing, no tombstones. Keys stay in the objects: four slots share a cache
// line, so the index of ten thousand allocations fits into the second-level cache and a look-up misses it
// about once. One object may stand under several hashes. Not for several threads.
template <typename T>
class HashIndex {
 public:
  HashIndex() : slots_(kFirstSlots) {}

  // The object under `hash` for which `is_it(const T&)` says yes: hashes of different keys may be equal.
  template <typename IsIt>
  [[nodiscard]] T* find(uint64_t hash, IsIt&& is_it) const {
    for (size_t at = home(hash); slots_[at].object; at = next(at)) {
      if (slots_[at].hash == hash && is_it(*slots_[at].object)) return slots_[at].object;
    }
    return nullptr;
  }

  // The caller makes sure that no other object of that key is in.
  void insert(uint64_t hash, T& object) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    place({hash, &object});
    ++size_;
  }

  // Nothing happens if the object is not under `hash`. Once for every insert().
  void erase(uint64_t hash, const T& object) {
    for (size_t at = home(hash); slots_[at].object; at = next(at)) {
      if (slots_[at].hash != hash || slots_[at].object != &object) continue;
      close_gap(at);
      --size_;
      return;
    }
  }

  [[nodiscard]] size_t size() const { return size_; }

 private:
  static constexpr size_t kFirstSlots = 64;

  struct Slot {
    uint64_t hash = 0;
    T* object = nullptr;
  };

  [[nodiscard]] size_t home(uint64_t hash) const { return hash & (slots_.size() - 1); }
  [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void place(Slot slot) {
    size_t at = home(slot.hash);
    while (slots_[at].object) at = next(at);
    slots_[at] = slot;
  }

  void grow() {
    const auto old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const auto& slot : old) {
      if (slot.object) place(slot);
    }
  }

  // Moves back every entry whose way from its home leads over the hole, so that no probe is cut short.
  void close_gap(size_t hole) {
    for (size_t at = next(hole); slots_[at].object; at = next(at)) {
      const size_t from_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
      const size_t from_hole = (at - hole) & (slots_.size() - 1);
      if (from_home >= from_hole) {
        slots_[hole] = slots_[at];
        hole = at;
      }
    }
    slots_[hole] = {};
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace base

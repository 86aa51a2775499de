// A hash table for the packet path: open addressing, linear probing, no tombstones, no allocation but for
// growth.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace base {

// Keyed hash of a few words. The seeds are random per table, so strangers who choose the keys (addresses)
// cannot choose collisions. Folded multiplication of two words at a time, cheaper than SipHash.
struct HashSeed {
  std::array<uint64_t, 2> words{0x9e3779b97f4a7c15, 0xd1342543de82ef95};

  [[nodiscard]] uint64_t hash(std::span<const uint64_t> key) const {
    uint64_t state = words[0];
    size_t i = 0;
    for (; i + 1 < key.size(); i += 2) state = fold(state ^ key[i], words[1] ^ key[i + 1]);
    if (i < key.size()) state = fold(state ^ key[i], words[1]);
    return fold(state ^ words[1], 0x9e3779b97f4a7c15);
  }

 private:
  [[nodiscard]] static uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ using Product = unsigned __int128;
    const auto product = static_cast<Product>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
};

// Key: copyable, with operator== and `auto words() const` giving an array of uint64_t. Value: copyable.
// Pointers to values die at the next insert or erase. Not for several threads.
template <typename Key, typename Value>
class FlatTable {
 public:
  explicit FlatTable(HashSeed seed) : seed_(seed), slots_(kFirstSlots) {}

  [[nodiscard]] Value* find(const Key& key) {
    for (size_t at = home(key);; at = next(at)) {
      if (!slots_[at].used) return nullptr;
      if (slots_[at].key == key) return &slots_[at].value;
    }
  }

  // False, and nothing changed, if the key is there already.
  bool insert(const Key& key, Value value) {
    if (find(key)) return false;
    if ((size_ + 1) * 2 > slots_.size()) grow();
    place(key, std::move(value));
    ++size_;
    return true;
  }

  bool erase(const Key& key) {
    size_t hole = home(key);
    for (;; hole = next(hole)) {
      if (!slots_[hole].used) return false;
      if (slots_[hole].key == key) break;
    }
    close_gap(hole);
    --size_;
    return true;
  }

  [[nodiscard]] size_t size() const { return size_; }

 private:
  static constexpr size_t kFirstSlots = 64;

  struct Slot {
    Key key{};
    Value value{};
    bool used = false;
  };

  [[nodiscard]] size_t home(const Key& key) const { return seed_.hash(key.words()) & (slots_.size() - 1); }
  [[nodiscard]] size_t next(size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void place(const Key& key, Value value) {
    size_t at = home(key);
    while (slots_[at].used) at = next(at);
    slots_[at] = Slot{key, std::move(value), true};
  }

  void grow() {
    auto old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (auto& slot : old) {
      if (slot.used) place(slot.key, std::move(slot.value));
    }
  }

  // Moves back every entry whose way from its home leads over the hole, so that no probe is cut short.
  void close_gap(size_t hole) {
    for (size_t at = next(hole); slots_[at].used; at = next(at)) {
      const size_t from_home = (at - home(slots_[at].key)) & (slots_.size() - 1);
      const size_t from_hole = (at - hole) & (slots_.size() - 1);
      if (from_home >= from_hole) {
        slots_[hole] = std::move(slots_[at]);
        hole = at;
      }
    }
    slots_[hole] = Slot{};
  }

  HashSeed seed_;
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace base

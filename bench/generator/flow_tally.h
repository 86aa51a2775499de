// What became of one flow's packets, told from their sequence numbers.
#pragma once

#include <cstdint>

namespace bench::generator {

// Packets are numbered from 0 in the order of sending. The last 64 numbers are remembered, so that a
// duplicate among them is told from a late one; an older one counts as reordered. Pure.
class FlowTally {
 public:
  void receive(uint64_t sequence) {
    if (sequence >= next_) {
      const uint64_t ahead = sequence - next_ + 1;
      seen_ = ahead < kWindow ? seen_ << ahead | 1 : 1;
      next_ = sequence + 1;
      ++delivered_;
      return;
    }
    const uint64_t age = next_ - 1 - sequence;
    if (age < kWindow && (seen_ >> age & 1) != 0) {
      ++duplicates_;
      return;
    }
    if (age < kWindow) seen_ |= uint64_t{1} << age;
    ++reordered_;
    ++delivered_;
  }

  [[nodiscard]] uint64_t delivered() const { return delivered_; }  // each packet once
  [[nodiscard]] uint64_t duplicates() const { return duplicates_; }
  [[nodiscard]] uint64_t reordered() const { return reordered_; }  // came after a later one

 private:
  static constexpr uint64_t kWindow = 64;

  uint64_t next_ = 0;  // one more than the highest number seen
  uint64_t seen_ = 0;  // bit n: next_ - 1 - n has come
  uint64_t delivered_ = 0;
  uint64_t duplicates_ = 0;
  uint64_t reordered_ = 0;
};

}  // namespace bench::generator

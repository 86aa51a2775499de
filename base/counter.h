// A count with one writer that any thread may read: how metrics leave the packet path without a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace base {

class Counter {
 public:
  void add(uint64_t amount = 1) {  // one writer: a plain add, no locked instruction
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(uint64_t amount = 1) { add(~amount + 1); }
  [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace base

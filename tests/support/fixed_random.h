// Chance that comes out the same in every run.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace support {

// SplitMix64 (Steele, Lea and Flood, 2014): good enough for tests, predictable to everybody.
class FixedRandom : public base::RandomSource {
 public:
  explicit FixedRandom(uint64_t seed) : state_(seed) {}

  void fill(base::MutableBytes bytes) override {
    for (auto& octet : bytes) octet = static_cast<uint8_t>(next());
  }
  uint64_t next() {
    uint64_t word = state_ += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
  }
  // 0 <= result < bound.
  uint64_t below(uint64_t bound) { return next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace support

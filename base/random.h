// Random octets as an argument: net/ supplies the kernel's, tests a fixed sequence.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace base {

// Unpredictable octets (nonces, ports, tokens depend on it). One object per thread.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(MutableBytes bytes) = 0;

  template <typename Word>
  [[nodiscard]] Word word() {
    std::array<uint8_t, sizeof(Word)> octets;
    fill(octets);
    return load_be<Word>(octets.data());
  }
};

}  // namespace base

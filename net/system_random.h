// Random octets from the kernel.
#pragma once

#include <array>
#include <cstddef>

#include "base/random.h"

namespace net {

// getrandom(2) with a buffer, so that a nonce or a port costs a copy and not a system call. Octets are wiped
// as they are handed out. One object per thread; ends the process if the kernel has no randomness to give.
class SystemRandom final : public base::RandomSource {
 public:
  void fill(base::MutableBytes bytes) override;

 private:
  std::array<uint8_t, 512> buffer_{};
  size_t left_ = 0;  // unused octets, at the end of buffer_
};

}  // namespace net

// Which sources were refused most, in bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.h"

namespace relay {

struct RefusedSource {
  base::IpAddress source;
  uint64_t refusals = 0;  // at least so many

  bool operator==(const RefusedSource&) const = default;
};

// Misra and Gries' frequent elements: whoever has more than one refusal in kSlots + 1 is in the list, and a
// flood of sources that come once each displaces nobody for long. One thread; no allocation but in take().
class RefusedSources {
 public:
  static constexpr size_t kSlots = 16;

  void add(const base::IpAddress& source);
  // The most refused first; begins anew.
  [[nodiscard]] std::vector<RefusedSource> take();

 private:
  std::array<RefusedSource, kSlots> slots_{};
};

}  // namespace relay

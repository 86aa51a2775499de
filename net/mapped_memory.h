// Pages straight from the kernel: zeroed, and backed by memory only once touched.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace net {

// Owner of an anonymous private mapping of `size()` octets, page-aligned. Throws std::bad_alloc.
class MappedMemory {
 public:
  explicit MappedMemory(size_t bytes);

  [[nodiscard]] uint8_t* data() const { return pages_.get(); }
  [[nodiscard]] size_t size() const { return pages_.get_deleter().bytes; }

 private:
  struct Unmap {
    size_t bytes;
    void operator()(uint8_t* pages) const;
  };
  std::unique_ptr<uint8_t[], Unmap> pages_;
};

}  // namespace net

#include "net/system_clock.h"

namespace net {

base::Moment read_clocks() {
  const auto wall = std::chrono::system_clock::now();
  return {std::chrono::steady_clock::now(), std::chrono::floor<std::chrono::seconds>(wall)};
}

}  // namespace net

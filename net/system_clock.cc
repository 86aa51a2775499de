#include "net/system_clock.h"

namespace net {

base::Moment read_clocks() {
  const auto wall = std::chrono::system_clock::now();
  return {read_steady_clock(), std::chrono::floor<std::chrono::seconds>(wall)};
}

base::TimePoint read_steady_clock() { return std::chrono::steady_clock::now(); }

}  // namespace net

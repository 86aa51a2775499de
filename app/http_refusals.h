// Which clients HTTP turned away before anybody looked at what they want, summed for the log. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/time.h"

namespace app {

// The first is told at once, then what has come together at most once a minute.
class HttpRefusals {
 public:
  static constexpr std::chrono::seconds kQuiet{60};

  // What to tell: all of them, and who was refused most often, and why the last time.
  struct Sum {
    uint64_t refused;
    base::IpAddress source;  // an IPv4 address, an IPv6 /64
    uint16_t status;
    uint64_t of_source;  // with that status
    std::string reason;
  };

  void note(const base::IpAddress& client, uint16_t status, std::string_view why);
  // When look() has something to tell; nullopt: nothing.
  [[nodiscard]] std::optional<base::TimePoint> due() const;
  [[nodiscard]] std::optional<Sum> look(base::TimePoint now);

 private:
  using Kind = std::pair<base::IpAddress, uint16_t>;
  static constexpr size_t kKinds = 256;  // who comes later in the minute is counted and not named

  std::map<Kind, uint64_t> kinds_;
  std::map<uint16_t, std::string> reasons_;  // the last of each status
  uint64_t refused_ = 0;                     // since the last line
  std::optional<base::TimePoint> told_;
};

}  // namespace app

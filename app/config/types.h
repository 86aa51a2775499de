// The small values that configuration is made of. Plain values; how they are written is in config_text.h.
#pragma once

#include <compare>
#include <cstdint>

#include "base/address.h"

namespace app {

// Ports low..high, both included.
struct PortRange {
  uint16_t low = 0;
  uint16_t high = 65535;

  [[nodiscard]] constexpr uint32_t size() const { return high < low ? 0 : uint32_t{high} - low + 1; }
  auto operator<=>(const PortRange&) const = default;
};

// Peers by prefix and port, as allow_peers and deny_peers list them.
struct PeerRule {
  base::IpPrefix prefix;
  PortRange ports;  // all of them, unless the rule names some

  auto operator<=>(const PeerRule&) const = default;
};

struct ByteSize {
  uint64_t bytes = 0;

  auto operator<=>(const ByteSize&) const = default;
};

// The HMAC with which REST credentials are minted and checked.
enum class RestHash : uint8_t { kSha1, kSha256 };
enum class FastPath : uint8_t { kAuto, kTc, kXdp, kOff };
enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError };
// Who may become a peer without an invitation: nobody; who then shows a one-time password of the user;
// anybody.
enum class Registration : uint8_t { kClosed, kOtp, kOpen };
enum class LogFormat : uint8_t { kText, kJson };

}  // namespace app

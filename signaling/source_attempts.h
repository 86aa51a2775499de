// How often one source may try, and one customer's network of sources.
#pragma once

#include <chrono>
#include <optional>

#include "base/address.h"
#include "base/source.h"
#include "signaling/attempt_limit.h"

namespace signaling {

// AttemptLimit by address: one IPv4 address or one IPv6 /64, and of a /48 base::kSourcesPerNetwork times as many
// tries. Not for several threads.
class SourceAttempts {
 public:
  explicit SourceAttempts(const AttemptLimits& limits = {})
      : sources_(limits), networks_(of_network(limits)) {}

  // As AttemptLimit's.
  [[nodiscard]] std::optional<std::chrono::seconds> count_try(base::TimePoint now,
                                                              const base::IpAddress& address) {
    if (const auto wait = network_wait(now, address)) return wait;
    const auto wait = sources_.count_try(now, base::source_of(address).to_string());
    if (!wait && base::has_network(address))
      static_cast<void>(networks_.count_try(now, base::network_of(address).to_string()));
    return wait;
  }
  [[nodiscard]] std::optional<std::chrono::seconds> wait_of(base::TimePoint now,
                                                            const base::IpAddress& address) const {
    if (const auto wait = network_wait(now, address)) return wait;
    return sources_.wait_of(now, base::source_of(address).to_string());
  }

 private:
  [[nodiscard]] static AttemptLimits of_network(AttemptLimits limits) {
    limits.tries *= base::kSourcesPerNetwork;
    return limits;
  }
  [[nodiscard]] std::optional<std::chrono::seconds> network_wait(base::TimePoint now,
                                                                 const base::IpAddress& address) const {
    if (!base::has_network(address)) return std::nullopt;
    return networks_.wait_of(now, base::network_of(address).to_string());
  }

  AttemptLimit sources_;
  AttemptLimit networks_;  // of IPv6
};

}  // namespace signaling

// Addresses in ICE candidates, wherever they stand in a text.
#pragma once

#include <string_view>
#include <vector>

#include "base/address.h"

namespace signaling {

// Of one text; more are passed over.
inline constexpr size_t kMaxCandidateAddresses = 64;

// The connection addresses of all candidates in `text` (RFC 8839 §5.1: "candidate:" foundation component
// transport priority address port ..), be it SDP, the candidate attribute alone, or either inside JSON. Names
// (mDNS) and related addresses are none. Doubled ones come once.
[[nodiscard]] std::vector<base::IpAddress> candidate_addresses(std::string_view text);

}  // namespace signaling

// Addresses in ICE candidates, wherever they stand in a text.
#pragma once

#include <string_view>
#include <vector>

#include "base/address.h"

namespace signaling {

// Of one text; more are passed over.
inline constexpr size_t kMaxCandidateAddresses = 64;

// The connection addresses of all candidates in `text` (RFC 8839 §5.1: "candidate:" foundation component
// transport priority address port "typ" ..), be it the candidate attribute alone or inside JSON. Names (mDNS)
// and related addresses are none. Doubled ones come once.
[[nodiscard]] std::vector<base::IpAddress> candidate_addresses(std::string_view text);
// The same of an SDP, alone or inside JSON: of its attributes "a=candidate:" only.
[[nodiscard]] std::vector<base::IpAddress> candidate_addresses_of_sdp(std::string_view text);

}  // namespace signaling

// The certificate fingerprints that an SDP names (RFC 8122 §5), at session and media level.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signaling {

// Every a=fingerprint, in order: the value alone in compact upper-case hex, whatever its hash; empty for one
// whose value is not pairs of hex digits. Reads as leniently as browsers do (case, spaces, CR or LF alone end
// a line), so that nothing passes here unseen and is read there.
[[nodiscard]] std::vector<std::string> sdp_fingerprints(std::string_view sdp);

enum class SdpMatch : uint8_t { kAllMatch, kNone, kOther };
// kAllMatch: it names at least one and every one is `fingerprint` (canonical). kNone: it names none.
[[nodiscard]] SdpMatch match_sdp_fingerprints(std::string_view sdp, std::string_view fingerprint);

}  // namespace signaling

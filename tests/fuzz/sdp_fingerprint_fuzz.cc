// Any SDP: what is found is hex or nothing, and the check agrees with the list; a candidate's address is
// found whatever stands before it.
#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "signaling/candidate_addresses.h"
#include "signaling/sdp_fingerprint.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signaling::SdpMatch;
  const auto sdp = base::as_text({data, size});
  const auto found = signaling::sdp_fingerprints(sdp);
  for (const auto& one : found)
    require(one.size() % 2 == 0 && one.find_first_not_of("0123456789ABCDEF") == std::string::npos);
  const std::string own = found.empty() || found[0].empty() ? "AB" : found[0];
  const auto match = signaling::match_sdp_fingerprints(sdp, own);
  const bool all = std::ranges::all_of(found, [&](const std::string& one) { return one == own; });
  require(match == (found.empty() ? SdpMatch::kNone : all ? SdpMatch::kAllMatch : SdpMatch::kOther));
  // A line that a browser would read cannot hide behind what came before it.
  const auto with_other = std::string(sdp) + "\na=fingerprint:sha-256 CD:EF:01";
  require(signaling::match_sdp_fingerprints(with_other, "AB") == SdpMatch::kOther);
  const auto with_candidate = std::string(sdp) + "\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\n";
  const auto addresses = signaling::candidate_addresses(with_candidate);
  require(addresses.size() == signaling::kMaxCandidateAddresses ||
          std::ranges::find(addresses, base::IpAddress::v4(0xC0000207)) != addresses.end());
  return 0;
}

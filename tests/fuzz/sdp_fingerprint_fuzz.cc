// Any SDP: what passes names the sender's own certificate to every reader that we know of, whatever stands
// around it; the word is found as a plain search finds it; a candidate's address is found whatever stands
// before it.
#include <algorithm>
#include <cctype>
#include <string>

#include "base/bytes.h"
#include "signaling/candidate_addresses.h"
#include "signaling/hex_pairs.h"
#include "signaling/sdp_fingerprint.h"
#include "tests/support/sdp_readers.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The input means nothing to us that it does not mean to a reader.
void check(const std::string& sdp, const std::string& own) {
  if (signaling::match_sdp_fingerprints(sdp, own) != signaling::SdpMatch::kAllMatch) return;
  for (const auto& reader : support::sdp_readers()) {
    for (const auto& value : reader.read(sdp)) require(signaling::compact_hex(value) == own);
  }
  require(!signaling::has_doubtful_characters(sdp));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signaling::SdpMatch;
  const std::string sdp(base::as_text({data, size}));
  const std::string own(64, 'A'), other(64, 'B');
  const auto own_line = "a=fingerprint:sha-256 " + own + "\r\n";
  check(sdp, own);
  check(own_line + sdp, own);
  check(sdp + "\r\n" + own_line, own);
  require(signaling::names_fingerprint(sdp) == lower(sdp).contains("fingerprint"));
  // A line that a browser would read cannot hide behind what came before it.
  for (const char* const line :
       {"\na=fingerprint:sha-256 ", "\ra=fingerprint sha-256 ", "\na=:fingerprint:sha-256 "}) {
    require(signaling::match_sdp_fingerprints(own_line + sdp + line + other, own) != SdpMatch::kAllMatch);
  }
  const auto with_candidate = sdp + "\na=candidate:1 1 udp 1 192.0.2.7 9 typ host\r\n";
  const auto addresses = signaling::candidate_addresses(with_candidate);
  require(addresses.size() == signaling::kMaxCandidateAddresses ||
          std::ranges::find(addresses, base::IpAddress::v4(0xC0000207)) != addresses.end());
  return 0;
}

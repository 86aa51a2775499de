#include "signaling/candidate_addresses.h"

#include <algorithm>
#include <optional>

namespace signaling {
namespace {

constexpr std::string_view kCandidate = "candidate:";
constexpr std::string_view kCandidateLine = "a=candidate:";
constexpr int kFieldsBeforeAddress = 4;  // foundation, component, transport, priority

// The next word of `text`, which loses it and the space behind it.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// Of what stands behind "candidate:".
std::optional<base::IpAddress> address_of(std::string_view fields) {
  for (int i = 0; i < kFieldsBeforeAddress; ++i) (void)take_word(fields);
  const auto address = base::IpAddress::parse(take_word(fields));
  (void)take_word(fields);  // port
  return take_word(fields) == "typ" ? address : std::nullopt;
}

std::vector<base::IpAddress> addresses_behind(std::string_view mark, std::string_view text) {
  std::vector<base::IpAddress> addresses;
  while (addresses.size() < kMaxCandidateAddresses) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + mark.size());
    const auto address = address_of(text);  // a candidate that is cut short must not hide the next one
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

std::vector<base::IpAddress> candidate_addresses(std::string_view text) {
  return addresses_behind(kCandidate, text);
}

std::vector<base::IpAddress> candidate_addresses_of_sdp(std::string_view text) {
  return addresses_behind(kCandidateLine, text);
}

}  // namespace signaling

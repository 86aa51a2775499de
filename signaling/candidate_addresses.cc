#include "signaling/candidate_addresses.h"

#include <algorithm>

namespace signaling {
namespace {

constexpr std::string_view kCandidate = "candidate:";
constexpr int kFieldsBeforeAddress = 4;  // foundation, component, transport, priority

// The next word of `text`, which loses it and the space behind it.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::vector<base::IpAddress> candidate_addresses(std::string_view text) {
  std::vector<base::IpAddress> addresses;
  while (addresses.size() < kMaxCandidateAddresses) {
    const auto at = text.find(kCandidate);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + kCandidate.size());
    auto fields = text;  // a candidate that is cut short must not hide the next one
    for (int i = 0; i < kFieldsBeforeAddress; ++i) (void)take_word(fields);
    const auto address = base::IpAddress::parse(take_word(fields));
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace signaling

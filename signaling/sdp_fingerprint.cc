#include "signaling/sdp_fingerprint.h"

#include <algorithm>
#include <optional>

#include "signaling/hex_pairs.h"

namespace signaling {
namespace {

constexpr std::string_view kSpaces = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool take_prefix(std::string_view& text, std::string_view lower_case) {
  text = trimmed(text);
  if (text.size() < lower_case.size()) return false;
  for (size_t i = 0; i < lower_case.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower_case[i]) return false;
  }
  text.remove_prefix(lower_case.size());
  return true;
}

// The front of `text` up to `end`, which is dropped with it.
std::string_view take_until(std::string_view& text, char end) {
  const size_t length = std::min(text.find(end), text.size());
  const auto front = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return front;
}

// "a=fingerprint:sha-256 AB:CD" -> "AB:CD".
std::optional<std::string_view> fingerprint_in(std::string_view line) {
  if (!take_prefix(line, "a") || !take_prefix(line, "=") || !take_prefix(line, "fingerprint") ||
      !take_prefix(line, ":"))
    return std::nullopt;
  const auto hash_and_value = trimmed(line);
  return trimmed(
      hash_and_value.substr(std::min(hash_and_value.find_first_of(kSpaces), hash_and_value.size())));
}

// Calls `found` with the value of each a=fingerprint.
template <typename Found>
void for_each_fingerprint(std::string_view sdp, Found&& found) {
  while (!sdp.empty()) {
    auto until_line_feed = take_until(sdp, '\n');
    while (!until_line_feed.empty()) {
      if (const auto value = fingerprint_in(take_until(until_line_feed, '\r'))) found(*value);
    }
  }
}

}  // namespace

std::vector<std::string> sdp_fingerprints(std::string_view sdp) {
  std::vector<std::string> fingerprints;
  for_each_fingerprint(
      sdp, [&](std::string_view value) { fingerprints.push_back(compact_hex(value).value_or("")); });
  return fingerprints;
}

SdpMatch match_sdp_fingerprints(std::string_view sdp, std::string_view fingerprint) {
  auto match = SdpMatch::kNone;
  for_each_fingerprint(sdp, [&](std::string_view value) {
    if (compact_hex(value) != fingerprint) {
      match = SdpMatch::kOther;
    } else if (match == SdpMatch::kNone) {
      match = SdpMatch::kAllMatch;
    }
  });
  return match;
}

}  // namespace signaling

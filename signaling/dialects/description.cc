#include "signaling/dialects/description.h"

#include <algorithm>
#include <vector>

#include "signaling/dialects/json_object.h"
#include "signaling/sdp_fingerprint.h"

namespace signaling::dialects {
namespace {

using simdjson::dom::element;

constexpr std::string_view kNoDescription =
    "an offer or answer must be an object with its SDP as the string \"sdp\": send {\"type\",\"sdp\"}";
constexpr std::string_view kDoubled = "a key stands twice; send each key once";
constexpr std::string_view kSecondSdp =
    "an offer or answer has one \"sdp\"; send no other below or beside it";
constexpr std::string_view kStrayFingerprint =
    "the word fingerprint may stand in the \"sdp\" of an offer or answer and nowhere else in it";
constexpr std::string_view kFingerprintInCandidate = "a candidate has no fingerprint; send candidates alone";

// As readers that ignore case do, among them Go's encoding/json, which takes U+017F for an s.
bool reads_as_sdp(std::string_view key) {
  constexpr std::string_view kLongS = "\u017f";
  if (key.starts_with(kLongS)) {
    key.remove_prefix(kLongS.size());
  } else if (key.starts_with('s') || key.starts_with('S')) {
    key.remove_prefix(1);
  } else {
    return false;
  }
  return key == "dp" || key == "Dp" || key == "dP" || key == "DP";
}

bool has_doubled_key(simdjson::dom::object object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto [key, value] : object) keys.push_back(key);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

// A key or string of `value`, at any depth, for which `is_bad`. Deep as the parser lets nesting be.
template <typename IsBad>
bool any_text(element value, const IsBad& is_bad) {
  if (value.is_string()) return is_bad(string_in(value), /*is_key=*/false);
  simdjson::dom::array array;
  if (!value.get(array))
    return std::ranges::any_of(array.begin(), array.end(),
                               [&](element each) { return any_text(each, is_bad); });
  simdjson::dom::object object;
  if (value.get(object)) return false;
  for (const auto [key, each] : object) {
    if (is_bad(key, /*is_key=*/true) || any_text(each, is_bad)) return true;
  }
  return false;
}

bool holds_fingerprint(std::string_view text, bool /*is_key*/) { return names_fingerprint(text); }
bool holds_sdp(std::string_view text, bool is_key) { return is_key && reads_as_sdp(text); }

}  // namespace

std::expected<std::string_view, std::string_view> sdp_of_description(element body) {
  simdjson::dom::object description;
  if (body.get(description)) return std::unexpected(kNoDescription);
  if (has_doubled_key(description)) return std::unexpected(kDoubled);
  std::optional<element> sdp;
  for (const auto [key, value] : description) {
    if (key == "sdp") {
      sdp = value;
      continue;
    }
    if (reads_as_sdp(key) || any_text(value, holds_sdp)) return std::unexpected(kSecondSdp);
    if (names_fingerprint(key) || any_text(value, holds_fingerprint))
      return std::unexpected(kStrayFingerprint);
  }
  if (!sdp || !sdp->is_string()) return std::unexpected(kNoDescription);
  return string_in(*sdp);
}

std::optional<std::string_view> fault_of_candidate(element body) {
  if (any_text(body, holds_fingerprint)) return kFingerprintInCandidate;
  return std::nullopt;
}

}  // namespace signaling::dialects

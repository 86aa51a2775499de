// Offers, answers and candidates as JSON: what a receiver could take for an SDP. Pure; internal to dialects.
//
// Receivers read these bodies with readers of their own: browsers make a text of an array, Go's takes "SDP"
// and "\u017Fdp" for "sdp", of doubled keys one takes the first and another the last. Only what all read
// alike passes.
#pragma once

#include <simdjson.h>

#include <expected>
#include <optional>
#include <string_view>

namespace signaling::dialects {

// The SDP of an offer or answer, a view that lives as long as `body`: an object with one string "sdp", no key
// twice, nothing below that reads as an "sdp", and the word "fingerprint" nowhere but in the SDP. The error
// is static and names the cure.
[[nodiscard]] std::expected<std::string_view, std::string_view> sdp_of_description(
    simdjson::dom::element body);

// Of a candidate, whatever its shape: it holds no fingerprint either. The error is static.
[[nodiscard]] std::optional<std::string_view> fault_of_candidate(simdjson::dom::element body);

}  // namespace signaling::dialects

// How others read the fingerprints of an SDP, written after their sources: what our check lets pass must mean
// to each of them what it means to us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace support {

struct SdpReader {
  std::string_view name;
  // Each value that it would compare with a certificate, as it stands there.
  std::vector<std::string> (*read)(std::string_view sdp);
};

// Chromium (webrtc_sdp.cc), Firefox (sipcc, and its parser in Rust), aiortc (sdp.py), pion (its lexer).
[[nodiscard]] const std::vector<SdpReader>& sdp_readers();

}  // namespace support

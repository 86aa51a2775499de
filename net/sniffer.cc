#include "net/sniffer.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace net {
namespace {

using namespace std::string_view_literals;

enum class Match : uint8_t { kNo, kSoFar, kYes };

struct Opening {
  std::string_view octets;
  FirstBytes meaning;
};

// Where an opening ends is where its meaning is sure; none is the beginning of another.
constexpr std::array kTextOpenings{
    Opening{"GET "sv, FirstBytes::kHttp},      Opening{"HEAD "sv, FirstBytes::kHttp},
    Opening{"POST "sv, FirstBytes::kHttp},     Opening{"PUT "sv, FirstBytes::kHttp},
    Opening{"PATCH "sv, FirstBytes::kHttp},    Opening{"DELETE "sv, FirstBytes::kHttp},
    Opening{"OPTIONS "sv, FirstBytes::kHttp},  Opening{"CONNECT "sv, FirstBytes::kHttp},
    Opening{"TRACE "sv, FirstBytes::kHttp},    Opening{"PRI "sv, FirstBytes::kHttp2},
    Opening{"PROXY "sv, FirstBytes::kProxyV1},
};
constexpr std::array kBinaryOpenings{
    Opening{"\x16\x03"sv, FirstBytes::kTls},
    Opening{"\r\n\r\n\0\r\nQUIT\n"sv, FirstBytes::kProxyV2},
};
constexpr std::string_view kCookie = "\x21\x12\xa4\x42"sv;

Match match(base::Bytes bytes, std::string_view expected) {
  const auto seen = base::as_text(bytes.first(std::min(bytes.size(), expected.size())));
  if (!expected.starts_with(seen)) return Match::kNo;
  return seen.size() == expected.size() ? Match::kYes : Match::kSoFar;
}

base::Bytes from(base::Bytes bytes, size_t offset) { return bytes.subspan(std::min(offset, bytes.size())); }

Match match_stun(base::Bytes bytes) {
  if (!bytes.empty() && bytes[0] > 0x3f) return Match::kNo;
  if (bytes.size() >= 4 && bytes[3] % 4 != 0) return Match::kNo;  // a length is a multiple of four
  return match(from(bytes, 4), kCookie);
}

// The frame's length and the message's 20 octets later agree in the first frame: it is one Binding request.
Match match_ice_tcp(base::Bytes bytes) {
  if (bytes.size() >= 6 && base::load_be16(bytes.data()) != base::load_be16(bytes.data() + 4) + 20)
    return Match::kNo;
  return match_stun(from(bytes, 2));
}

FirstBytes sniff_stun(base::Bytes bytes) {
  const Match stun = match_stun(bytes);
  if (stun == Match::kYes) return FirstBytes::kStun;
  const Match ice_tcp = match_ice_tcp(bytes);
  if (ice_tcp == Match::kYes) return FirstBytes::kIceTcp;
  return stun == Match::kNo && ice_tcp == Match::kNo ? FirstBytes::kUnknown : FirstBytes::kNeedMore;
}

template <size_t kCount>
FirstBytes find_opening(base::Bytes bytes, const std::array<Opening, kCount>& openings) {
  FirstBytes answer = FirstBytes::kUnknown;
  for (const Opening& opening : openings) {
    const Match found = match(bytes, opening.octets);
    if (found == Match::kYes) return opening.meaning;
    if (found == Match::kSoFar) answer = FirstBytes::kNeedMore;
  }
  return answer;
}

FirstBytes sniff_outermost(base::Bytes bytes) {
  if (bytes.empty()) return FirstBytes::kNeedMore;
  if (bytes[0] <= 0x3f) {
    const FirstBytes opening = find_opening(bytes, kBinaryOpenings);
    return opening == FirstBytes::kUnknown ? sniff_stun(bytes) : opening;
  }
  const FirstBytes opening = find_opening(bytes, kTextOpenings);
  const bool is_channel_number = bytes[0] <= 0x4f;  // RFC 7983 §7
  return opening == FirstBytes::kUnknown && is_channel_number ? FirstBytes::kChannelData : opening;
}

}  // namespace

FirstBytes sniff(base::Bytes bytes, Wrapping wrapping) {
  const FirstBytes found = sniff_outermost(bytes);
  if (wrapping == Wrapping::kNone) return found;
  if (found == FirstBytes::kTls) return FirstBytes::kTlsInTls;
  const bool is_proxy_header = found == FirstBytes::kProxyV1 || found == FirstBytes::kProxyV2;
  return is_proxy_header ? FirstBytes::kUnknown : found;
}

}  // namespace net

#include "net/http_header_scan.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace net {
namespace {

constexpr HttpParseError kTooLarge{431, "the header section is too large"};
constexpr HttpParseError kTooManyFields{431, "too many header fields"};
constexpr HttpParseError kTargetTooLong{414, "the target is too long"};
constexpr HttpParseError kFolded{400, "a header field over several lines"};
constexpr HttpParseError kBareLineFeed{400, "a line that does not end with CR LF"};

bool is_fold(uint8_t first_of_line) { return first_of_line == ' ' || first_of_line == '\t'; }

}  // namespace

std::expected<std::optional<size_t>, HttpParseError> HttpHeaderScan::look(base::Bytes bytes) {
  for (;;) {
    const auto unseen = bytes.subspan(std::min(seen_bytes_, bytes.size()));
    const auto line_feed = std::ranges::find(unseen, '\n');
    const bool has_fold = lines_ > 0 && line_at_ < bytes.size() && is_fold(bytes[line_at_]);
    if (has_fold) return std::unexpected(kFolded);
    if (line_feed == unseen.end()) break;
    const size_t end = seen_bytes_ + static_cast<size_t>(line_feed - unseen.begin()) + 1;
    if (end > limits_.header_bytes) return std::unexpected(too_large(bytes));
    if (end - line_at_ < 2 || bytes[end - 2] != '\r') return std::unexpected(kBareLineFeed);
    const bool is_last = end - line_at_ == 2;
    seen_bytes_ = line_at_ = end;
    if (is_last) return end;
    if (++lines_ > limits_.fields + 1) return std::unexpected(kTooManyFields);  // and the request line
  }
  seen_bytes_ = bytes.size();
  if (bytes.size() > limits_.header_bytes) return std::unexpected(too_large(bytes));
  return std::nullopt;
}

HttpParseError HttpHeaderScan::too_large(base::Bytes bytes) const {
  const auto line = base::as_text(bytes).substr(0, limits_.target_bytes);
  return line.find("\r\n") == std::string_view::npos ? kTargetTooLong : kTooLarge;
}

std::optional<HttpParseError> fault_of_trailer(base::Bytes bytes, const HttpLimits& limits) {
  const auto text = base::as_text(bytes);
  for (const std::string_view fold : {"\r\n ", "\r\n\t"}) {
    if (text.find(fold) != std::string_view::npos) return kFolded;
  }
  if (std::cmp_greater(std::ranges::count(text, '\n'), limits.fields)) return kTooManyFields;
  return std::nullopt;
}

}  // namespace net

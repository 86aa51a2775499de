#include "tests/support/sdp_readers.h"

#include <algorithm>
#include <cctype>

namespace support {
namespace {

using Values = std::vector<std::string>;

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return std::tolower(c); });
  return lowered;
}

std::vector<std::string> split(std::string_view text, const std::vector<std::string_view>& separators) {
  std::vector<std::string> parts(1);
  while (!text.empty()) {
    const auto separator =
        std::ranges::find_if(separators, [&](std::string_view each) { return text.starts_with(each); });
    if (separator == separators.end()) {
      parts.back() += text.front();
      text.remove_prefix(1);
    } else {
      parts.emplace_back();
      text.remove_prefix(separator->size());
    }
  }
  return parts;
}

std::string_view trimmed(std::string_view text, std::string_view what) {
  const auto first = text.find_first_not_of(what);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

// "sha-256 AB:CD" -> "AB:CD", by the first of `spaces`.
std::string value_behind_hash(std::string_view text, std::string_view spaces) {
  text = trimmed(text, spaces);
  const auto space = std::min(text.find_first_of(spaces), text.size());
  return std::string(trimmed(text.substr(space), spaces));
}

// Lines end with LF, a CR before it is dropped. The name must be followed by ':' or a space, or end the line.
Values chromium(std::string_view sdp) {
  Values values;
  for (std::string_view line : split(sdp, {"\n"})) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    constexpr std::string_view kName = "a=fingerprint";
    if (!line.starts_with(kName)) continue;
    line.remove_prefix(kName.size());
    if (!line.empty() && line.front() != ':' && line.front() != ' ') continue;
    values.push_back(value_behind_hash(line.substr(std::min<size_t>(1, line.size())), " "));
  }
  return values;
}

// Lines end with CR or LF, NUL ends everything. ':' and spaces before the name are skipped; case is ignored.
Values firefox(std::string_view sdp) {
  Values values;
  sdp = sdp.substr(0, sdp.find('\0'));
  for (std::string_view line : split(sdp, {"\r", "\n"})) {
    line = trimmed(line, " \t");
    if (!lower(line).starts_with("a=")) continue;
    line.remove_prefix(2);
    line.remove_prefix(std::min(line.find_first_not_of(": \t"), line.size()));
    constexpr std::string_view kName = "fingerprint";
    if (!lower(line).starts_with(kName)) continue;
    line.remove_prefix(kName.size());
    if (!line.empty() && !std::string_view(": \t").contains(line.front())) continue;
    line.remove_prefix(std::min(line.find_first_not_of(": \t"), line.size()));
    values.push_back(value_behind_hash(line, " \t"));
  }
  return values;
}

// Python's str.splitlines() and str.split().
Values aiortc(std::string_view sdp) {
  Values values;
  static const std::vector<std::string_view> kEnds{
      "\r", "\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
  for (std::string_view line : split(sdp, kEnds)) {
    constexpr std::string_view kName = "a=fingerprint:";
    if (line.starts_with(kName)) values.push_back(value_behind_hash(line.substr(kName.size()), " \t\x1f"));
  }
  return values;
}

// Lines end with CR or LF; spaces before the '=' and behind it are skipped.
Values pion(std::string_view sdp) {
  Values values;
  for (std::string_view line : split(sdp, {"\r", "\n"})) {
    line = trimmed(line, " \t");
    if (!line.starts_with('a')) continue;
    line = trimmed(line.substr(1), " \t");
    if (!line.starts_with('=')) continue;
    line = trimmed(line.substr(1), " \t");
    constexpr std::string_view kName = "fingerprint:";
    if (line.starts_with(kName)) values.push_back(value_behind_hash(line.substr(kName.size()), " "));
  }
  return values;
}

}  // namespace

const std::vector<SdpReader>& sdp_readers() {
  static const std::vector<SdpReader> kReaders{
      {"chromium", chromium}, {"firefox", firefox}, {"aiortc", aiortc}, {"pion", pion}};
  return kReaders;
}

}  // namespace support

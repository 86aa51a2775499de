#include "signaling/sdp_fingerprint.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "signaling/hex_pairs.h"

namespace signaling {
namespace {

constexpr std::string_view kWord = "fingerprint";
constexpr std::string_view kHash = "sha-256";
constexpr std::string_view kSpaces = " \t";
constexpr std::string_view kLineEnds = "\r\n";
// What a lenient reader skips before, and in, the name of an attribute.
constexpr std::string_view kSkipped = " \t:";

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, lower);
}

// How far a window that ends with an octet may move on (Horspool): most octets of an SDP are not in the word.
constexpr auto kSteps = [] {
  std::array<uint8_t, 256> steps{};
  steps.fill(kWord.size());
  for (size_t i = 0; i + 1 < kWord.size(); ++i) {
    const auto step = static_cast<uint8_t>(kWord.size() - 1 - i);
    steps[static_cast<uint8_t>(kWord[i])] = step;
    steps[static_cast<uint8_t>(kWord[i] - 'a' + 'A')] = step;
  }
  return steps;
}();

// Where the word stands next, at `from` or behind; npos: nowhere.
size_t find_word(std::string_view text, size_t from) {
  for (size_t at = from; at + kWord.size() <= text.size();) {
    const char last = text[at + kWord.size() - 1];
    if (lower(last) == kWord.back() && begins_with(text.substr(at), kWord)) return at;
    at += kSteps[static_cast<uint8_t>(last)];
  }
  return std::string_view::npos;
}

// The word at `at` makes a line as RFC 8122 has it, with that value.
bool is_own_line(std::string_view sdp, size_t at, std::string_view fingerprint) {
  const bool begins_line = at == 2 || (at > 2 && kLineEnds.contains(sdp[at - 3]));
  if (!begins_line || !sdp.substr(at - 2).starts_with("a=fingerprint:")) return false;
  auto rest = sdp.substr(at + kWord.size() + 1);
  rest = rest.substr(0, rest.find_first_of(kLineEnds));
  if (!begins_with(rest, kHash)) return false;
  rest.remove_prefix(kHash.size());
  const size_t value_at = rest.find_first_not_of(' ');
  if (value_at == 0 || value_at == std::string_view::npos) return false;
  rest.remove_prefix(value_at);
  return compact_hex(rest.substr(0, rest.find_last_not_of(kSpaces) + 1)) == fingerprint;
}

bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\t' || kLineEnds.contains(c); }

// Eight octets at once: true if all are printable ASCII. Most of an SDP is.
bool are_printable(const char* eight) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighBits = 0x8080808080808080;
  uint64_t octets = 0;
  std::memcpy(&octets, eight, sizeof octets);
  const uint64_t below_space = (octets - kOnes * ' ') & ~octets;
  const uint64_t from_delete = octets | (octets + kOnes);  // a carry comes from an octet that is none already
  return ((below_space | from_delete) & kHighBits) == 0;
}

// Where the first octet stands that is not plain; the size: nowhere.
size_t find_doubtful(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= sizeof(uint64_t) && are_printable(text.data() + at)) {
      at += sizeof(uint64_t);
    } else if (is_plain(text[at])) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

bool is_ascii(char c) { return static_cast<uint8_t>(c) < 0x80; }

// The length of the character at the front of `text`, which is not ASCII; 0 if it is doubtful.
size_t take_character(std::string_view text) {
  const auto octet = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const auto continues = [&](size_t i) { return (octet(i) & 0xc0) == 0x80; };
  const unsigned first = octet(0);
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  uint32_t code = first & (0x7fU >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!continues(i)) return 0;
    code = code << 6 | (octet(i) & 0x3fU);
  }
  constexpr uint32_t kLeast[] = {0x80, 0x800, 0x10000};
  const bool is_shortest = code >= kLeast[length - 2] && code <= 0x10ffff;
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool is_control = code < 0xa0;
  const bool ends_lines = code == 0x2028 || code == 0x2029;
  return is_shortest && !is_surrogate && !is_control && !ends_lines ? length : 0;
}

// What a lenient reader may take for an attribute's name, and behind it: without the "a=".
std::string_view attribute_of(std::string_view line) {
  const auto skip = [&](std::string_view what) {
    line.remove_prefix(std::min(line.find_first_not_of(what), line.size()));
  };
  skip(kSpaces);
  if (!begins_with(line, "a")) return {};
  line.remove_prefix(1);
  skip(kSpaces);
  if (!line.starts_with('=')) return {};
  line.remove_prefix(1);
  skip(kSkipped);
  return line;
}

bool gives_keys(std::string_view line) {
  const auto attribute = attribute_of(line);
  return begins_with(attribute, "crypto") || begins_with(attribute, "key-mgmt") || begins_with(line, "k=");
}

// A name that looks like the word, or becomes it when case is folded: U+FB01 is "fi" then.
bool has_foreign_name(std::string_view line) {
  const bool is_other_line = line.size() > 1 && line[0] >= 'b' && line[0] <= 'z' && line[1] == '=';
  return !is_other_line && !std::ranges::all_of(line.substr(0, line.find(':')), is_ascii);
}

// The front of `text` up to `end`, which is dropped with it.
std::string_view take_until(std::string_view& text, char end) {
  const size_t length = std::min(text.find(end), text.size());
  const auto front = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return front;
}

template <typename Check>
bool any_line(std::string_view sdp, Check&& check) {
  while (!sdp.empty()) {
    auto lines = take_until(sdp, '\n');
    while (!lines.empty()) {
      if (check(take_until(lines, '\r'))) return true;
    }
  }
  return false;
}

}  // namespace

bool names_fingerprint(std::string_view text) { return find_word(text, 0) != std::string_view::npos; }

bool has_doubtful_characters(std::string_view text) {
  while (true) {
    text.remove_prefix(find_doubtful(text));
    if (text.empty()) return false;
    const size_t length = is_ascii(text.front()) ? 0 : take_character(text);
    if (length == 0) return true;
    text.remove_prefix(length);
  }
}

SdpMatch match_sdp_fingerprints(std::string_view sdp, std::string_view fingerprint) {
  if (find_doubtful(sdp) < sdp.size() && (has_doubtful_characters(sdp) || any_line(sdp, has_foreign_name)))
    return SdpMatch::kUnreadable;
  if (any_line(sdp, gives_keys)) return SdpMatch::kForeignKeys;
  auto match = SdpMatch::kNone;
  for (size_t at = find_word(sdp, 0); at != std::string_view::npos; at = find_word(sdp, at + kWord.size())) {
    if (!is_own_line(sdp, at, fingerprint)) return SdpMatch::kOther;
    match = SdpMatch::kAllMatch;
  }
  return match;
}

}  // namespace signaling

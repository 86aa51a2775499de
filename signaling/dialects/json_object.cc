#include "signaling/dialects/json_object.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace signaling::dialects {
namespace {

// Walks over text that is known to be valid JSON, so that it looks at structure only.
class ValidJson {
 public:
  explicit ValidJson(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] std::string_view member(size_t index) {
    skip_until('{');
    for (;; --index) {
      skip_until('"');
      skip_string();
      skip_until(':');
      const char* const from = skip_space();
      skip_value();
      if (index == 0) return {from, static_cast<size_t>(at_ - from)};
      skip_until(',');
    }
  }

 private:
  void skip_until(char c) {
    at_ = static_cast<const char*>(std::memchr(at_, c, static_cast<size_t>(end_ - at_))) + 1;
  }
  const char* skip_space() {
    while (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r') ++at_;
    return at_;
  }
  // From behind its first quote. A body is often one long string: memchr() looks at many octets at once, and
  // a quote ends the string unless an odd number of backslashes stands before it.
  void skip_string() {
    const char* from = at_;
    while (true) {
      skip_until('"');
      const char* const quote = at_ - 1;
      const char* escapes = quote;
      while (escapes > from && escapes[-1] == '\\') --escapes;
      if ((quote - escapes) % 2 == 0) return;
      from = at_;
    }
  }
  void skip_value() {
    size_t depth = 0;
    do {
      switch (*at_++) {
        case '"':
          skip_string();
          break;
        case '{':
        case '[':
          ++depth;
          break;
        case '}':
        case ']':
          --depth;
          break;
        default:  // a number or a word: up to what may stand behind it
          if (depth == 0) {
            at_ += std::strcspn(at_, ",} \t\n\r");
          }
      }
    } while (depth > 0);
  }

  const char* at_;
  const char* end_;
};

constexpr std::string_view kReplacement = "\\ufffd";
constexpr size_t kEscapeBytes = kReplacement.size();

// Of an escape "\\uXXXX" at the front of `text`; nullopt: there is none.
std::optional<uint32_t> utf16_unit(std::string_view text) {
  if (text.size() < kEscapeBytes || !text.starts_with("\\u")) return std::nullopt;
  uint32_t unit = 0;
  const char* const end = text.data() + kEscapeBytes;
  const auto [stopped, error] = std::from_chars(text.data() + 2, end, unit, 16);
  return error == std::errc{} && stopped == end ? std::optional(unit) : std::nullopt;
}
bool is_high(uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

std::expected<simdjson::dom::object, JsonFault> JsonObjectReader::read(std::string_view text) {
  size_ = text.size();
  padded_.resize(size_ + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded_.data(), text.data(), size_);
  std::memset(padded_.data() + size_, 0, simdjson::SIMDJSON_PADDING);
  simdjson::dom::element root;
  if (parser_.parse(padded_.data(), size_, false).get(root)) {
    mended_ = padded_;
    if (!mend_lone_surrogates(std::span(mended_).first(size_)) ||
        parser_.parse(mended_.data(), size_, false).get(root))
      return std::unexpected(JsonFault::kNotJson);
  }
  simdjson::dom::object object;
  if (root.get(object)) return std::unexpected(JsonFault::kNotAnObject);
  return object;
}

std::string_view JsonObjectReader::text_of_member(size_t index) const {
  return ValidJson({padded_.data(), size_}).member(index);
}

bool mend_lone_surrogates(std::span<char> json) {
  const std::string_view text(json.data(), json.size());
  bool found = false;
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    const auto unit = utf16_unit(text.substr(at));
    if (!unit) {
      at += 2;  // another escape, of two octets at least
    } else if (is_high(*unit) && is_low(utf16_unit(text.substr(at + kEscapeBytes)).value_or(0))) {
      at += 2 * kEscapeBytes;
    } else {
      if (is_high(*unit) || is_low(*unit)) {
        std::ranges::copy(kReplacement, json.begin() + static_cast<ptrdiff_t>(at));
        found = true;
      }
      at += kEscapeBytes;
    }
  }
  return found;
}

std::string_view string_in(simdjson::dom::element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

}  // namespace signaling::dialects

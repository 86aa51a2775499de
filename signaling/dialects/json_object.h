// A client's message: one JSON object, of which pieces are relayed as they stand. Pure; internal to dialects.
#pragma once

#include <simdjson.h>

#include <expected>
#include <span>
#include <string_view>
#include <vector>

namespace signaling::dialects {

enum class JsonFault : uint8_t { kNotJson, kNotAnObject };

// Keeps its buffers; one per thread. What it returns dies with the next read().
class JsonObjectReader {
 public:
  // Nothing but whole, valid JSON (RFC 8259) in UTF-8 passes; keys may stand twice. A half of a UTF-16 pair
  // that stands alone as an escape, which JSON.stringify() makes of a text that was cut in two, reads as
  // U+FFFD.
  [[nodiscard]] std::expected<simdjson::dom::object, JsonFault> read(std::string_view text);
  // The text of the value of the last object's member number `index`, counted from 0, which is there.
  [[nodiscard]] std::string_view text_of_member(size_t index) const;

 private:
  simdjson::dom::parser parser_;
  std::vector<char> padded_;  // simdjson reads a little beyond the end
  std::vector<char> mended_;  // the same where lone halves had to go
  size_t size_ = 0;
};

// Replaces each escape of a lone half of a UTF-16 pair by that of U+FFFD, of the same length. False: there
// was none. `json`: valid but for them, or anything at all.
bool mend_lone_surrogates(std::span<char> json);

// Unescaped; empty if `value` is no string.
[[nodiscard]] std::string_view string_in(simdjson::dom::element value);

}  // namespace signaling::dialects

// A client's message: one JSON object, of which pieces are relayed as they stand. Pure; internal to dialects.
#pragma once

#include <simdjson.h>

#include <expected>
#include <string_view>
#include <vector>

namespace signaling::dialects {

enum class JsonFault : uint8_t { kNotJson, kNotAnObject };

// Keeps its buffers; one per thread. What it returns dies with the next read().
class JsonObjectReader {
 public:
  // Nothing but whole, valid JSON (RFC 8259) in UTF-8 passes; keys may stand twice.
  [[nodiscard]] std::expected<simdjson::dom::object, JsonFault> read(std::string_view text);
  // The text of the value of the last object's member number `index`, counted from 0, which is there.
  [[nodiscard]] std::string_view text_of_member(size_t index) const;

 private:
  simdjson::dom::parser parser_;
  std::vector<char> padded_;  // simdjson reads a little beyond the end
  size_t size_ = 0;
};

// Unescaped; empty if `value` is no string.
[[nodiscard]] std::string_view string_in(simdjson::dom::element value);

}  // namespace signaling::dialects

// JSON values as text, whatever octets are in them.
#pragma once

#include <string>

namespace base {

// `json`: a value of nlohmann's. In place of dump(), which throws at a string that is not UTF-8, and such
// come in with names, paths and environment: what is not UTF-8 becomes U+FFFD. `indent` -1: one line.
// `ascii`: \uXXXX beyond it.
template <typename Json>
[[nodiscard]] std::string json_text(const Json& json, int indent = -1, bool ascii = false) {
  return json.dump(indent, ' ', ascii, Json::error_handler_t::replace);
}

}  // namespace base

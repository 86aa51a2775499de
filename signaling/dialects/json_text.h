// Pieces of JSON text.
#pragma once

#include <string>
#include <string_view>

namespace signaling::dialects {

// Appends `text`, valid UTF-8, as a JSON string with its quotes (RFC 8259 §7).
void append_json_string(std::string& to, std::string_view text);

}  // namespace signaling::dialects

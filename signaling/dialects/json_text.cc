#include "signaling/dialects/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace signaling::dialects {

void append_json_string(std::string& to, std::string_view text) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {  // names and fingerprints: nearly always
    to.append(1, '"').append(text).append(1, '"');
    return;
  }
  to += base::json_text(nlohmann::json(text));
}

}  // namespace signaling::dialects

#include "signaling/dialects/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signaling::dialects {

void append_json_string(std::string& to, std::string_view text) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {  // names and fingerprints: nearly always
    to.append(1, '"').append(text).append(1, '"');
    return;
  }
  to += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace signaling::dialects

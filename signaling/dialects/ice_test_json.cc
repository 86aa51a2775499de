#include "signaling/dialects/ice_test_json.h"

#include <nlohmann/json.hpp>

#include "base/json_text.h"

namespace signaling::dialects {
namespace {

std::unexpected<Refusal> not_understood() {
  return std::unexpected(
      Refusal{400, "the body must be a JSON object; type, content, to and from must be strings"});
}

}  // namespace

std::expected<Outgoing, Refusal> read_ice_test_message(std::string_view body, size_t max_bytes) {
  if (body.size() > max_bytes)
    return std::unexpected(Refusal{
        413, "a message may have " + std::to_string(max_bytes) + " octets, says signaling.max_message"});
  const auto given = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!given.is_object()) return not_understood();
  nlohmann::ordered_json message;
  for (const char* const key : {"type", "content", "to", "from"}) {
    const auto at = given.find(key);
    if (at != given.end() && !at->is_null() && !at->is_string()) return not_understood();
    message[key] = at != given.end() && at->is_string() ? at->get<std::string>() : std::string();
  }
  return Outgoing{.target = message["to"].get<std::string>(),
                  .body = base::json_text(message) + "\n",
                  .id = std::nullopt};
}

}  // namespace signaling::dialects

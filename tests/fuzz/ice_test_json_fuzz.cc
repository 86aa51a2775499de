// Bodies of POST /send: what is taken becomes one line, which says the same to its reader, and again.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "signaling/dialects/ice_test_json.h"

namespace {

constexpr size_t kMaxBytes = 64 * 1024;

auto read_ice_test_message(std::string_view body) {
  return signaling::dialects::read_ice_test_message(body, kMaxBytes);
}

void require(bool holds) {
  if (!holds) std::abort();
}

// As its server reads a member that is missing or null.
std::string member(const nlohmann::json& whole, const char* name) {
  const auto at = whole.find(name);
  return at == whole.end() || at->is_null() ? std::string() : at->get<std::string>();  // throws: no string
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto body = base::as_text({data, size});
  const auto message = read_ice_test_message(body);
  if (!message) {
    // Two texts there are, and neither has anything of the body.
    const bool too_long = size > kMaxBytes;
    const auto other = too_long ? read_ice_test_message(std::string(size, ' ')) : read_ice_test_message("");
    require(message.error() == other.error());
    return 0;
  }
  const auto whole = nlohmann::json::parse(body);  // throws, and fails, if our reader took what is no JSON
  const auto& line = message->body;
  require(line.find('\n') == line.size() - 1);
  require(line.size() <= size + std::string_view(R"({"type":"","content":"","to":"","from":""})").size() + 1);
  const auto received = nlohmann::json::parse(line);
  require(received.size() == 4);
  for (const char* const name : {"type", "content", "to", "from"})
    require(received.at(name) == member(whole, name));
  require(message->target == member(whole, "to"));
  const auto again = read_ice_test_message(line);
  require(again && again->body == line && again->target == message->target);
  return 0;
}

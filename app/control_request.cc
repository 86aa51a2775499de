#include "app/control_request.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace app {
namespace {

using enum ControlCommand;
using nlohmann::json;

constexpr ControlCommand kCommands[] = {kStatus, kSessions, kKick, kReload, kDrain};

std::optional<ControlCommand> command_of(std::string_view text) {
  for (const auto command : kCommands) {
    if (to_text(command) == text) return command;
  }
  return std::nullopt;
}

// Empty: missing. nullopt: no string.
std::optional<std::string> text_in(const json& request, const char* name) {
  const auto at = request.find(name);
  if (at == request.end()) return std::string();
  return at->is_string() ? std::optional(at->get<std::string>()) : std::nullopt;
}

std::optional<relay::AllocationId> parse_id(const std::string& text) {
  relay::AllocationId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::expected<ControlRequest, std::string> kick_of(const json& request) {
  const auto id_text = text_in(request, "id"), user = text_in(request, "user");
  const auto id = parse_id(id_text.value_or(""));
  const bool is_id_wrong = !id_text || (!id && !id_text->empty());
  if (is_id_wrong || !user || (!id && user->empty()))
    return std::unexpected("kick needs the id of a session, as `icebox sessions` shows it, or a user");
  return ControlRequest{kKick, id, *user};
}

}  // namespace

std::string_view to_text(ControlCommand command) {
  switch (command) {
    case kStatus:
      return "status";
    case kSessions:
      return "sessions";
    case kKick:
      return "kick";
    case kReload:
      return "reload";
    case kDrain:
      return "drain";
  }
  return {};
}

std::expected<ControlRequest, std::string> parse_control_request(std::string_view line) {
  const auto request = json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto name = request.is_object() ? text_in(request, "command") : std::nullopt;
  if (!name || name->empty()) return std::unexpected("the request is no JSON object with a \"command\"");
  const auto command = command_of(*name);
  if (!command)
    return std::unexpected("unknown command \"" + *name + "\"; known: status, sessions, kick, reload, drain");
  return *command == kKick ? kick_of(request) : ControlRequest{.command = *command, .id = {}, .user = {}};
}

}  // namespace app

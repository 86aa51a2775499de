// What operators ask over the control socket: a line in; the request, or why it is none, out. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "relay/interfaces.h"

namespace app {

enum class ControlCommand : uint8_t { kStatus, kSessions, kKick, kReload, kDrain };
[[nodiscard]] std::string_view to_text(ControlCommand command);  // as in the line

struct ControlRequest {
  ControlCommand command{};
  // Of kKick, at least one of them; the id counts where both are there.
  std::optional<relay::AllocationId> id;
  std::string user;
};

// {"command": NAME}, of kick also "id", 16 hexadecimal digits as `icebox sessions` shows them, or "user", as
// strings. The error is one sentence for whoever asked.
[[nodiscard]] std::expected<ControlRequest, std::string> parse_control_request(std::string_view line);

}  // namespace app

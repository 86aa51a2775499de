// Lines on the control socket: what is taken reads the same when it is written again, what is refused can be
// answered.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/control_request.h"
#include "app/operator_api.h"
#include "base/bytes.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using nlohmann::json;
  const auto line = base::as_text({data, size});
  const auto request = app::parse_control_request(line);
  if (!request) {
    require(!request.error().empty());
    (void)json{{"error", request.error()}}.dump();  // throws, and fails, if it is no UTF-8
    return 0;
  }
  const auto whole = json::parse(line);
  require(whole.at("command") == app::to_text(request->command));
  const bool is_kick = request->command == app::ControlCommand::kKick;
  require(is_kick == (request->id || !request->user.empty()));
  json written{{"command", app::to_text(request->command)}, {"user", request->user}};
  if (request->id) written["id"] = app::to_hex(*request->id);
  const auto again = app::parse_control_request(written.dump());
  require(again && again->command == request->command && again->id == request->id &&
          again->user == request->user);
  return 0;
}

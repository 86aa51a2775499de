// What operators may ask of a running server, over the control socket: {"command": NAME, ...} and its answer.
#pragma once

#include <functional>
#include <string>

#include "app/appliance.h"
#include "app/control_request.h"
#include "app/control_socket.h"

namespace app {

// status, sessions, kick {"id"} or {"user"}, reload, drain. An answer has "error" (one line with the cure) if
// the command failed, and "faults" if a reload had several. `reload` reads the configuration again. Control
// thread only; outlives the socket that calls it.
class OperatorApi {
 public:
  using Reload = std::function<ReloadOutcome()>;
  OperatorApi(Appliance& appliance, Reload reload) : appliance_(appliance), reload_(std::move(reload)) {}

  void handle(const std::string& line, const ControlReply& reply);

 private:
  void status(const ControlReply& reply);
  void sessions(const ControlReply& reply);
  void kick(const ControlRequest& request, const ControlReply& reply);
  void reload(const ControlReply& reply);
  void drain(const ControlReply& reply);

  Appliance& appliance_;
  Reload reload_;
};

// Allocation ids as operators see them: 16 hexadecimal digits.
[[nodiscard]] std::string to_hex(relay::AllocationId id);

}  // namespace app

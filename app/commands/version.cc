// icebox version.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands/commands.h"

namespace app {

void add_version(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("version", "version, commit and features");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "for scripts");
  on_command(command, status, [as_json] {
    if (*as_json) {
      std::cout << nlohmann::json{{"version", ICEBOX_VERSION},
                                  {"commit", ICEBOX_COMMIT},
                                  {"features", {"turn", "stun", "tls", "dtls"}}}
                << '\n';
    } else {
      std::cout << "icebox " ICEBOX_VERSION " (" ICEBOX_COMMIT ")   TURN and STUN over UDP, TCP, TLS, DTLS\n";
    }
    return kDone;
  });
}

}  // namespace app

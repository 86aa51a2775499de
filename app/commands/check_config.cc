// icebox check-config: the effective configuration, with the origin of each value; what start-up would warn
// of goes to standard error.
#include <iostream>
#include <memory>

#include "app/commands/commands.h"
#include "app/config/print.h"
#include "app/host_facts.h"
#include "app/relay_addresses.h"
#include "app/self_check.h"

namespace app {
namespace {

// False: one of them is an error.
bool tell_findings(const std::vector<Finding>& findings) {
  bool fine = true;
  for (const auto& finding : findings) {
    if (finding.severity == Severity::kNote) continue;
    const bool is_error = finding.severity == Severity::kError;
    std::cerr << "icebox: " << (is_error ? "" : "warning: ") << finding.text << '\n';
    fine = fine && !is_error;
  }
  return fine;
}

}  // namespace

void add_check_config(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("check-config",
                                         "print the effective configuration and where each value comes from");
  struct Arguments {
    ConfigArguments config;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(command);
  command->add_flag("--json", arguments->json, "for scripts");
  on_command(command, status, [arguments] {
    auto loaded = arguments->config.load();
    if (!loaded) return kWrongUsage;
    auto facts = gather_host_facts();
    facts.exposed = exposed_paths(loaded->config.data_dir);
    fit_default_listeners(*loaded, facts);
    if (!tell_findings(self_check(loaded->config, facts))) return kWrongUsage;
    loaded->config = with_host_defaults(std::move(loaded->config), facts);
    std::cout << (arguments->json ? print_config_json(*loaded) : print_config_toml(*loaded)) << '\n';
    return kDone;
  });
}

}  // namespace app

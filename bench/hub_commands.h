// The subcommands of icebox_load that load a hub.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "bench/generator/hub/options.h"

namespace bench {

struct HubArguments {
  generator::hub::HubSite site;  // the server and whom to watch come from the program's own options
  generator::hub::HubRelayOptions relay;
  generator::hub::HubIdleOptions idle;
  generator::hub::HubReconnectOptions reconnect;
  std::string dialect = "icebox", data_dir, tokens_file;
  size_t clients = 200;
  double seconds = 5, warm_up_seconds = 0;
};

// Adds them to `program`; the chosen one sets `run`, which prints and gives the exit status.
std::shared_ptr<HubArguments> add_hub_commands(CLI::App& program, std::function<int()>& run);

}  // namespace bench

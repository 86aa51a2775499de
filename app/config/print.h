// The effective configuration for `icebox check-config`. Secrets and passwords become "***".
#pragma once

#include <string>

#include "app/config/load.h"

namespace app {

// TOML, each key followed by where its value comes from: `realm = "x.org"  # file icebox.toml:3`.
[[nodiscard]] std::string print_config_toml(const LoadedConfig& loaded);
// {"config": {"realm": .., "relay": {..}}, "origins": {"realm": "default", "relay.ports": "--set #1", ..}}
[[nodiscard]] std::string print_config_json(const LoadedConfig& loaded);

}  // namespace app

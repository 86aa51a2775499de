// Loading configuration from literals, for the tests of app/config.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/config/load.h"

namespace app {

inline std::expected<LoadedConfig, ConfigFaults> load_toml(const std::string& toml,
                                                           const ConfigOptions& options = {}) {
  return load_config(ConfigText{"icebox.toml", toml}, options);
}

inline std::expected<LoadedConfig, ConfigFaults> load_sets(std::vector<std::string> sets) {
  return load_config(std::nullopt, {std::move(sets), std::nullopt});
}

// The values that `loaded` holds; the test fails with the faults if there are any.
inline Config config_of(const std::expected<LoadedConfig, ConfigFaults>& loaded) {
  if (loaded) return loaded->config;
  for (const auto& fault : loaded.error()) ADD_FAILURE() << fault;
  return {};
}

inline ConfigFaults faults_of(const std::expected<LoadedConfig, ConfigFaults>& loaded) {
  return loaded ? ConfigFaults{} : loaded.error();
}

}  // namespace app

// What a reload can take over and what has to wait for a restart.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "app/config/keys.h"
#include "app/config/load.h"

namespace app {

struct ConfigChange {
  std::string_view key;
  ReloadEffect effect;

  bool operator==(const ConfigChange&) const = default;
};

// One entry per key whose value differs, in the order of config_keys(); empty: nothing to do.
[[nodiscard]] std::vector<ConfigChange> diff_for_reload(const Config& running, const Config& loaded);
// What runs after the reload: `loaded`, but for the keys that need a restart, which stay as they are. So the
// next reload reports them again.
[[nodiscard]] Config after_reload(const Config& running, const Config& loaded);

// What a reload changed, or every fault that kept it from changing anything.
using ReloadOutcome = std::expected<std::vector<ConfigChange>, ConfigFaults>;

// "relay.ports: needs restart". Values are left out: they may be secret.
[[nodiscard]] std::string to_string(const ConfigChange& change);

}  // namespace app

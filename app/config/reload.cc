#include "app/config/reload.h"

namespace app {

std::vector<ConfigChange> diff_for_reload(const Config& running, const Config& loaded) {
  std::vector<ConfigChange> changes;
  for (const auto& key : config_keys()) {
    if (key.write(running) != key.write(loaded)) changes.push_back({key.name, key.on_reload});
  }
  return changes;
}

Config after_reload(const Config& running, const Config& loaded) {
  Config result = loaded;
  ValueFaults none;  // what was read once reads again
  for (const auto& key : config_keys()) {
    if (key.on_reload == ReloadEffect::kNeedsRestart) key.read(key.write(running), result, none);
  }
  return result;
}

std::string to_string(const ConfigChange& change) {
  return std::string(change.key) + ": " + std::string(to_string(change.effect));
}

}  // namespace app

// The table of configuration keys: one row per key, from which reading, detection of unknown keys, printing,
// origins and reload all follow. A new key is a field in config.h, a row here, and a line in
// deploy/icebox.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "app/config/config.h"
#include "app/config/read.h"
#include "app/config/value.h"

namespace app {

// What becomes of a key that a reload finds changed.
enum class ReloadEffect : uint8_t { kApplied, kNeedsRestart };

struct ConfigKey {
  std::string_view name;  // dotted, as --set takes it: "relay.max_lifetime"
  ReloadEffect on_reload;
  bool secret;  // its strings are printed as "***", also in faults
  // Adds a fault for every element that it cannot take; the field is then unspecified.
  void (*read)(const ConfigValue& value, Config& into, ValueFaults& faults);
  ConfigValue (*write)(const Config& config);
};

// In the order in which they are printed: root keys first, then section by section.
[[nodiscard]] std::span<const ConfigKey> config_keys();
// nullptr: no such key.
[[nodiscard]] const ConfigKey* find_config_key(std::string_view name);
// True for "relay" and "tls.acme": no keys themselves, but keys start with them and a dot.
[[nodiscard]] bool is_config_section(std::string_view name);
// The key that looks most like `unknown`.
[[nodiscard]] std::string_view nearest_config_key(std::string_view unknown);
// What to do about a key that earlier versions had; nullopt: they had none of that name.
[[nodiscard]] std::optional<std::string_view> cure_of_removed_key(std::string_view name);

// "applied" or "needs restart".
[[nodiscard]] std::string_view to_string(ReloadEffect effect);

}  // namespace app

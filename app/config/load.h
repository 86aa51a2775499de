// Reads configuration: the defaults, over them a file, over it each --set in turn, over all --data.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "app/config/value.h"

namespace app {

// Which text gave a key its value.
struct ConfigOrigin {
  enum class Kind : uint8_t { kDefault, kFile, kOption };
  Kind kind = Kind::kDefault;
  std::string source;  // the file as it was named, or "--set #2", or "--data"
  TextPosition at;     // in a file only

  bool operator==(const ConfigOrigin&) const = default;
};

// "default", "file icebox.toml:3", "--set #2".
[[nodiscard]] std::string to_string(const ConfigOrigin& origin);

struct LoadedConfig {
  Config config;
  // By name of the key; a key that is not here has its default.
  std::map<std::string, ConfigOrigin, std::less<>> origins;

  [[nodiscard]] ConfigOrigin origin_of(std::string_view key) const;
};

// One line per fault: "icebox.toml:3:9: relay.max_lifetime = "1x" is no duration; write ..". Never empty.
using ConfigFaults = std::vector<std::string>;

struct ConfigText {
  std::string name;  // for origins
  std::string toml;
};

// What the command line said.
struct ConfigOptions {
  // Each "KEY=VALUE": KEY dotted, VALUE in TOML syntax; what is not TOML and opens no quote or bracket is a
  // string.
  std::vector<std::string> set;
  std::optional<std::string> data_dir;  // --data DIR, a short form of --set data_dir=DIR
};

// All faults at once, in the order of the text; problems() of the result included.
[[nodiscard]] std::expected<LoadedConfig, ConfigFaults> load_config(const std::optional<ConfigText>& text,
                                                                    const ConfigOptions& options);
// The same from a file; without one the defaults run.
[[nodiscard]] std::expected<LoadedConfig, ConfigFaults> load_config_file(
    const std::optional<std::filesystem::path>& file, const ConfigOptions& options);

}  // namespace app

// Reads TOML text. The only place that knows the TOML library.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "app/config/value.h"

namespace app {

struct TomlFault {
  TextPosition at;
  // What was expected. Never what was found: it may be part of a secret.
  std::string reason;
};

[[nodiscard]] std::expected<ConfigValue::Table, TomlFault> parse_toml(std::string_view text);

}  // namespace app

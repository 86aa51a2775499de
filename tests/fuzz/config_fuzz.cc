// Any bytes as a configuration: up to the first NUL a file, after it one --set per NUL. Faults are single
// lines; what is accepted has no problems and, printed, is read back as the same (but for secrets, which are
// not printed).
#include <algorithm>
#include <string>
#include <string_view>

#include "app/config/load.h"
#include "app/config/print.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string take_part(std::string_view& rest) {
  const auto end = std::min(rest.find('\0'), rest.size());
  std::string part(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool is_one_line(const std::string& text) {
  return !text.empty() &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void require_read_back(app::LoadedConfig loaded) {
  require(loaded.config.problems().empty());
  (void)app::print_config_json(loaded);
  loaded.config.auth.secret.clear();
  loaded.config.auth.users.clear();
  const auto again = app::load_config(app::ConfigText{"printed", app::print_config_toml(loaded)}, {});
  require(again.has_value() && again->config == loaded.config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const app::ConfigText text{"fuzz.toml", take_part(rest)};
  app::ConfigOptions options;
  while (!rest.empty()) options.set.push_back(take_part(rest));
  auto loaded = app::load_config(text, options);
  if (loaded) {
    require_read_back(std::move(*loaded));
  } else {
    require(!loaded.error().empty() && std::ranges::all_of(loaded.error(), is_one_line));
  }
  return 0;
}

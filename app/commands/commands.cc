#include "app/commands/commands.h"

#include <iostream>
#include <memory>

#include "app/peer_policy_of.h"
#include "net/utf8.h"

namespace app {

void on_command(CLI::App* command, int& status, Run run) {
  command->callback([&status, run = std::move(run)] { status = run(); });
}

void ConfigArguments::add_to(CLI::App* command) {
  command->add_option("--config", file, "configuration file (TOML)");
  command->add_option("--data", options.data_dir, "data directory; default /var/lib/icebox");
  command->add_option("--set", options.set, "KEY=VALUE, a key of the configuration file; may be repeated")
      ->allow_extra_args(false)
      ->take_all();
}

std::optional<std::filesystem::path> ConfigArguments::path() const {
  return file ? std::optional<std::filesystem::path>(*file) : std::nullopt;
}

std::expected<LoadedConfig, ConfigFaults> ConfigArguments::read() const {
  auto loaded = load_config_file(path(), options);
  if (!loaded) return loaded;
  if (auto faults = void_rules(*loaded); !faults.empty()) return std::unexpected(std::move(faults));
  return loaded;
}

std::optional<LoadedConfig> ConfigArguments::load() const {
  auto loaded = read();
  if (loaded) return std::move(*loaded);
  for (const auto& fault : loaded.error()) std::cerr << "icebox: " << fault << '\n';
  return std::nullopt;
}

std::string refuse_non_utf8(const std::string& text) {
  return net::is_utf8(base::as_bytes(text)) ? "" : "is not UTF-8; set the terminal to UTF-8";
}

int fail(const std::string& text) {
  std::cerr << "icebox: " << text << '\n';
  return kFailed;
}

}  // namespace app

// The commands of the program. Each add_* registers one with its options; the chosen one runs and leaves the
// exit status: 0 done, 1 failed (one line on stderr, with the cure), 2 wrong usage or configuration.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "app/config/load.h"

namespace app {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

// Registers `run` as what the command does; its result becomes the exit status.
using Run = std::function<int()>;
void on_command(CLI::App* command, int& status, Run run);

// --config, --data and --set, the same for every command that touches the data directory.
struct ConfigArguments {
  std::optional<std::string> file;
  ConfigOptions options;

  void add_to(CLI::App* command);
  [[nodiscard]] std::optional<std::filesystem::path> path() const;
  // As load_config_file(); rules that cannot act are faults too.
  [[nodiscard]] std::expected<LoadedConfig, ConfigFaults> read() const;
  // Nothing, after one line per fault on stderr.
  [[nodiscard]] std::optional<LoadedConfig> load() const;
};

// For CLI11's check(), of what goes on as JSON: why it cannot, or empty.
std::string refuse_non_utf8(const std::string& text);

// One line on stderr; kFailed.
int fail(const std::string& text);

void add_serve(CLI::App& program, int& status);
void add_check_config(CLI::App& program, int& status);
void add_user(CLI::App& program, int& status);
void add_peer(CLI::App& program, int& status);  // and all of `icebox peer`
void add_credential(CLI::App& program, int& status);
void add_verify_credential(CLI::App& program, int& status);
void add_explain(CLI::App& program, int& status);
void add_control_commands(CLI::App& program, int& status);  // status, sessions, kick, reload, drain
void add_version(CLI::App& program, int& status);

}  // namespace app

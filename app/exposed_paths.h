// What of the data directory is open to everybody on this host.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace app {

struct ExposedPath {
  std::string path;
  bool is_directory = false;
};

// The directory itself, and the regular files in it, whose modes let other users than owner and group read,
// write or enter. What is not there, or cannot be looked at, is left out.
[[nodiscard]] std::vector<ExposedPath> exposed_paths(const std::filesystem::path& data_dir);

}  // namespace app

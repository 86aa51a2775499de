#include "app/exposed_paths.h"

#include <algorithm>
#include <system_error>

namespace app {
namespace {

namespace fs = std::filesystem;

bool is_open(const fs::path& path) {
  std::error_code failed;
  const auto permissions = fs::symlink_status(path, failed).permissions();
  return !failed && (permissions & fs::perms::others_all) != fs::perms::none;
}

}  // namespace

std::vector<ExposedPath> exposed_paths(const fs::path& data_dir) {
  std::vector<ExposedPath> exposed;
  std::error_code failed;
  if (!fs::is_directory(data_dir, failed)) return exposed;
  if (is_open(data_dir)) exposed.push_back({data_dir.string(), true});
  for (fs::directory_iterator entry(data_dir, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code unknown;
    if (entry->is_regular_file(unknown) && !entry->is_symlink(unknown) && is_open(entry->path()))
      exposed.push_back({entry->path().string(), false});
  }
  std::ranges::sort(exposed, {}, &ExposedPath::path);
  return exposed;
}

}  // namespace app

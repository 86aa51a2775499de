// Files and directories that only their owner may read. Internal to storage.
#pragma once

#include <filesystem>

#include "storage/error.h"

namespace storage {

// Makes `directory` and its missing parents, mode 0700, on the disk before this returns. One that exists
// stays as it is. kDenied, kFull or kIo.
[[nodiscard]] Outcome make_private_directory(const std::filesystem::path& directory);

// Makes an empty `file`, mode 0600. One that exists stays as it is, unopened. kDenied, kFull or kIo.
[[nodiscard]] Outcome make_private_file(const std::filesystem::path& file);

}  // namespace storage

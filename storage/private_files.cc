#include "storage/private_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "storage/sqlite_error.h"

namespace storage {
namespace {

StorageError error_of(const std::filesystem::path& path, int reason) {
  const std::string cause = "cannot be made: " + std::generic_category().message(reason);
  const std::string parent = path.parent_path().string();
  if (reason == ENOSPC || reason == EDQUOT)
    return storage_error(Fault::kFull, path, cause, "free space on " + parent);
  if (reason == EIO) return storage_error(Fault::kIo, path, cause, "check the disk and the kernel's log");
  return storage_error(Fault::kDenied, path, cause, "let this user write to " + parent + ", or set data_dir");
}

// A new name is durable once the directory that holds it is synced.
Outcome sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(error_of(directory, errno));
  const int reason = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  // Some file systems cannot sync a directory and say so; they have no better way either.
  if (reason != 0 && reason != EINVAL) return std::unexpected(error_of(directory, reason));
  return {};
}

Outcome make_directory_below(const std::filesystem::path& parent, const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return sync_directory(parent);
  if (errno != EEXIST) return std::unexpected(error_of(directory, errno));
  return {};
}

}  // namespace

Outcome make_private_directory(const std::filesystem::path& directory) {
  std::error_code ignored;  // what is not known to be a directory is made; mkdir tells the reason better
  if (std::filesystem::is_directory(directory, ignored)) return {};
  const auto parent = std::filesystem::absolute(directory, ignored).parent_path();
  if (parent != directory) {
    if (auto made = make_private_directory(parent); !made) return made;
  }
  return make_directory_below(parent, directory);
}

Outcome make_private_file(const std::filesystem::path& file) {
  // O_EXCL: opening and closing a database that this process uses already would drop its POSIX locks.
  const int fd = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return sync_directory(file.parent_path());
  }
  if (errno != EEXIST) return std::unexpected(error_of(file, errno));
  return {};
}

}  // namespace storage

// The database of a data directory, ready for use.
#pragma once

#include <chrono>
#include <filesystem>

#include "storage/connection.h"

namespace storage {

struct DatabaseOptions {
  // How long a statement waits for another process (`icebox user add`, a backup) before it fails with kBusy.
  std::chrono::milliseconds busy_timeout{5000};
};

// Where the database of `directory` lies. Beside it SQLite keeps its log and the log's index (-wal, -shm).
[[nodiscard]] std::filesystem::path database_file(const std::filesystem::path& directory);

// Opens the database of `directory`; makes directory (0700) and file (0600) if missing and brings an older
// schema up to date. Write-ahead log with synchronous=FULL: what a statement outside a transaction, or a
// commit, has written survives kill -9 and power loss. Foreign keys are enforced, deleted keys overwritten.
// kDenied, kBusy, kFull, kCorrupt, kIo; kNewerSchema leaves the file untouched.
[[nodiscard]] Result<Connection> open_database(const std::filesystem::path& directory,
                                               const DatabaseOptions& options = {});

}  // namespace storage

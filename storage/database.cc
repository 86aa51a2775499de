#include "storage/database.h"

#include <chrono>
#include <thread>

#include "storage/migrations.h"
#include "storage/private_files.h"
#include "storage/sqlite_error.h"

namespace storage {
namespace {

Outcome use_write_ahead_log(Connection& connection) {
  auto answer = connection.query("PRAGMA journal_mode = WAL");
  if (!answer) return std::unexpected(answer.error());
  if (const auto row = answer->step(); !row) return std::unexpected(row.error());
  if (answer->text(0) == "wal") return {};
  return std::unexpected(storage_error(Fault::kIo, connection.file(),
                                       "its file system cannot hold a write-ahead log",
                                       "put data_dir on a local disk"));
}

Outcome make_ready(Connection& connection) {
  // Before anything is written: a newer schema may not even want a write-ahead log.
  if (const auto version = read_schema_version(connection); !version) return std::unexpected(version.error());
  if (auto logged = use_write_ahead_log(connection); !logged) return logged;
  auto set =
      connection.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA secure_delete = ON");
  if (!set) return set;
  if (auto migrated = migrate(connection); !migrated) return migrated;
  return connection.execute("PRAGMA foreign_keys = ON");
}

// Processes that open a fresh database at once all want to switch it to the log, which needs it alone. SQLite
// does not wait there: two that wait for each other would wait for ever, so it says busy at once and leaves
// trying again to us.
Outcome make_ready_in_turn(Connection& connection) {
  constexpr int kTries = 200;
  constexpr std::chrono::milliseconds kPause{10};
  auto ready = make_ready(connection);
  for (int i = 1; i < kTries && !ready && ready.error().fault == Fault::kBusy; ++i) {
    std::this_thread::sleep_for(kPause);
    ready = make_ready(connection);
  }
  return ready;
}

}  // namespace

std::filesystem::path database_file(const std::filesystem::path& directory) {
  return directory / "icebox.db";
}

Result<Connection> open_database(const std::filesystem::path& directory, const DatabaseOptions& options) {
  const auto file = database_file(directory);
  if (auto made = make_private_directory(directory); !made) return std::unexpected(made.error());
  if (auto made = make_private_file(file); !made) return std::unexpected(made.error());
  auto connection = Connection::open(file, options.busy_timeout);
  if (!connection) return connection;
  if (auto ready = make_ready_in_turn(*connection); !ready) return std::unexpected(ready.error());
  return connection;
}

}  // namespace storage

#include "storage/database.h"

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
      connection.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
  if (!set) return set;
  return migrate(connection);
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
  if (auto ready = make_ready(*connection); !ready) return std::unexpected(ready.error());
  return connection;
}

}  // namespace storage

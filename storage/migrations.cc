#include "storage/migrations.h"

#include <string>

#include "storage/sqlite_error.h"
#include "storage/transaction.h"

namespace storage {
namespace {

// Times are seconds since 1970 UTC. Ids are never used twice, so that what refers to a removed user cannot
// come to mean another. The userhash must be unique for itself: "a:b" in realm "c" and "a" in realm "b:c"
// share one.
constexpr Sql kUsersAndMeta = R"sql(
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    realm TEXT NOT NULL,
    key_md5 BLOB NOT NULL CHECK (length(key_md5) = 16),
    key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
    userhash BLOB NOT NULL UNIQUE CHECK (length(userhash) = 32),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
)sql";

// A number per table that grows with every change, whoever makes it: tells which of two snapshots is newer,
// and spares a reload when another table changed.
constexpr Sql kRevisions = R"sql(
  CREATE TABLE revisions (table_name TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO revisions VALUES ('users', 1);
  CREATE TRIGGER users_inserted AFTER INSERT ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  CREATE TRIGGER users_updated AFTER UPDATE ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  PRAGMA user_version = 2;
)sql";

constexpr Sql kMigrations[] = {kUsersAndMeta, kRevisions};

Outcome take_next_step(Connection& connection) {
  auto transaction = Transaction::begin_write(connection);
  if (!transaction) return std::unexpected(transaction.error());
  const auto version =
      read_schema_version(connection);  // again, under the lock: another process may be ahead
  if (!version) return std::unexpected(version.error());
  if (*version == std::size(kMigrations)) return {};
  if (auto stepped = connection.execute(kMigrations[*version]); !stepped) return stepped;
  return transaction->commit();
}

}  // namespace

std::span<const Sql> migrations() { return kMigrations; }

Result<size_t> read_schema_version(Connection& connection) {
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version >= 0 && static_cast<size_t>(*version) <= std::size(kMigrations))
    return static_cast<size_t>(*version);
  return std::unexpected(
      storage_error(Fault::kNewerSchema, connection.file(),
                    "it has schema " + std::to_string(*version) + ", this icebox knows up to " +
                        std::to_string(std::size(kMigrations)),
                    "run the newer icebox, or restore the backup from before the upgrade"));
}

Outcome migrate(Connection& connection) {
  for (auto version = read_schema_version(connection);; version = read_schema_version(connection)) {
    if (!version) return std::unexpected(version.error());
    if (*version == std::size(kMigrations)) return {};
    if (auto stepped = take_next_step(connection); !stepped) return stepped;
  }
}

}  // namespace storage

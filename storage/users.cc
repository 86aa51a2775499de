#include "storage/users.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/sqlite_error.h"
#include "storage/transaction.h"

namespace storage {
namespace {

constexpr size_t kMaxNameOctets = 508;  // RFC 8489 §14.3: fewer than 509
constexpr size_t kMaxRealmOctets =
    763;  // RFC 8489 §14.9: fewer than 128 characters, in older texts 763 octets

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// SQL compares text with an embedded NUL in undefined ways, and other programs would see it cut short.
Outcome check_name(Connection& connection, std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameOctets && !holds_nul(name)) return {};
  return std::unexpected(storage_error(Fault::kInvalid, connection.file(),
                                       "the user name is empty, longer than 508 octets, or holds a NUL",
                                       "choose another name"));
}

Outcome check_realm(Connection& connection, std::string_view realm) {
  if (realm.size() <= kMaxRealmOctets && !holds_nul(realm)) return {};
  return std::unexpected(storage_error(Fault::kInvalid, connection.file(),
                                       "the realm is longer than 763 octets, or holds a NUL",
                                       "correct realm"));
}

StorageError explain_conflict(Connection& connection, StorageError error) {
  if (error.fault != Fault::kConflict) return error;
  return storage_error(Fault::kConflict, connection.file(),
                       "a user of that name (or with its userhash) exists",
                       "change its password with `icebox user passwd`, or choose another name");
}

// The outcome of a statement that should have changed the row of one user.
Outcome one_user_changed(Connection& connection, const Result<int64_t>& rows) {
  if (!rows) return std::unexpected(explain_conflict(connection, rows.error()));
  if (*rows > 0) return {};
  return std::unexpected(storage_error(Fault::kNotFound, connection.file(), "there is no user of that name",
                                       "`icebox user list` shows the users"));
}

int64_t to_seconds(base::WallTime time) { return time.time_since_epoch().count(); }

// False if the column does not have the key's size, which the schema forbids.
template <size_t Octets>
bool read_key(base::Bytes column, std::array<uint8_t, Octets>& key) {
  if (column.size() != Octets) return false;
  std::ranges::copy(column, key.begin());
  return true;
}

// The current row of `rows`, as list_users() selects it.
Result<User> read_user(Connection& connection, const Statement& rows) {
  User user{.name = std::string(rows.text(0)),
            .keys = {.realm = std::string(rows.text(1))},
            .created_at = base::WallTime(std::chrono::seconds(rows.integer(5))),
            .updated_at = base::WallTime(std::chrono::seconds(rows.integer(6)))};
  if (read_key(rows.bytes(2), user.keys.md5) && read_key(rows.bytes(3), user.keys.sha256) &&
      read_key(rows.bytes(4), user.keys.userhash))
    return user;
  return std::unexpected(storage_error(Fault::kCorrupt, connection.file(), "a stored key has the wrong size",
                                       "restore a backup, or remove and add the user"));
}

}  // namespace

Outcome add_user(Connection& connection, std::string_view name, const UserKeys& keys, base::WallTime now) {
  if (auto valid = check_name(connection, name); !valid) return valid;
  if (auto valid = check_realm(connection, keys.realm); !valid) return valid;
  return one_user_changed(
      connection,
      connection.run("INSERT INTO users (name, realm, key_md5, key_sha256, userhash, created_at, updated_at)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
                     {name, keys.realm, keys.md5, keys.sha256, keys.userhash, to_seconds(now)}));
}

Outcome set_password(Connection& connection, std::string_view name, const UserKeys& keys,
                     base::WallTime now) {
  if (auto valid = check_realm(connection, keys.realm); !valid) return valid;
  return one_user_changed(
      connection,
      connection.run(
          "UPDATE users SET realm = ?2, key_md5 = ?3, key_sha256 = ?4, userhash = ?5, updated_at = ?6"
          " WHERE name = ?1",
          {name, keys.realm, keys.md5, keys.sha256, keys.userhash, to_seconds(now)}));
}

Outcome remove_user(Connection& connection, std::string_view name) {
  return one_user_changed(connection, connection.run("DELETE FROM users WHERE name = ?1", {name}));
}

Result<std::vector<User>> list_users(Connection& connection) {
  auto rows = connection.query(
      "SELECT name, realm, key_md5, key_sha256, userhash, created_at, updated_at FROM users ORDER BY name");
  if (!rows) return std::unexpected(rows.error());
  std::vector<User> users;
  for (auto row = rows->step();; row = rows->step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return users;
    auto user = read_user(connection, *rows);
    if (!user) return std::unexpected(user.error());
    users.push_back(*std::move(user));
  }
}

Result<uint64_t> read_user_revision(Connection& connection) {
  const auto revision = connection.number("SELECT revision FROM revisions WHERE table_name = 'users'");
  if (!revision) return std::unexpected(revision.error());
  return static_cast<uint64_t>(*revision);
}

Result<std::shared_ptr<const UserSnapshot>> load_user_snapshot(Connection& connection) {
  const auto transaction = Transaction::begin_read(connection);  // revision and users must be of one state
  if (!transaction) return std::unexpected(transaction.error());
  const auto revision = read_user_revision(connection);
  if (!revision) return std::unexpected(revision.error());
  auto users = list_users(connection);
  if (!users) return std::unexpected(users.error());
  return std::make_shared<const UserSnapshot>(*revision, *std::move(users));
}

}  // namespace storage

#include "storage/connection.h"

#include <sqlite3.h>

#include "storage/sqlite_error.h"

namespace storage {

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Connection> Connection::open(const std::filesystem::path& file,
                                    std::chrono::milliseconds busy_timeout) {
  sqlite3* raw = nullptr;
  // One thread at a time is our rule, so SQLite need not lock the connection.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) return std::unexpected(sqlite_error(code, raw, file));
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  return connection;
}

Result<Statement> Connection::query(Sql sql, std::initializer_list<Value> values) {
  return Statement::prepare(database_.get(), sql, values);
}

Result<int64_t> Connection::run(Sql sql, std::initializer_list<Value> values) {
  auto statement = query(sql, values);
  if (!statement) return std::unexpected(statement.error());
  if (const auto stepped = statement->step(); !stepped) return std::unexpected(stepped.error());
  return sqlite3_changes64(database_.get());
}

Outcome Connection::execute(Sql script) {
  const int code = sqlite3_exec(database_.get(), script.text.data(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(sqlite_error(code, database_.get(), file()));
  return {};
}

Result<int64_t> Connection::number(Sql sql, std::initializer_list<Value> values) {
  auto statement = query(sql, values);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

std::filesystem::path Connection::file() const { return sqlite3_db_filename(database_.get(), "main"); }

}  // namespace storage

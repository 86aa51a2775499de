#include "storage/statement.h"

#include <sqlite3.h>

#include "storage/sqlite_error.h"

namespace storage {
namespace {

StorageError error_of(sqlite3* database, int code) {
  return sqlite_error(code, database, sqlite3_db_filename(database, "main"));
}

// SQLite takes a null pointer for NULL, whatever the length: an empty value needs an address.
struct Bind {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(std::string_view value) const {
    const char* text = value.empty() ? "" : value.data();
    return sqlite3_bind_text64(statement, index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(base::Bytes value) const {
    const void* bytes = value.empty() ? static_cast<const void*>("") : value.data();
    return sqlite3_bind_blob64(statement, index, bytes, value.size(), SQLITE_TRANSIENT);
  }
};

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Statement> Statement::prepare(sqlite3* database, Sql sql, std::initializer_list<Value> values) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(database, sql.text.data(), static_cast<int>(sql.text.size()), &raw, nullptr);
  Statement statement(raw);
  if (code != SQLITE_OK) return std::unexpected(error_of(database, code));
  int index = 0;
  for (const Value& value : values) {
    const int bound = std::visit(Bind{raw, ++index}, value);
    if (bound != SQLITE_OK) return std::unexpected(error_of(database, bound));
  }
  return statement;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(error_of(sqlite3_db_handle(statement_.get()), code));
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

base::Bytes Statement::bytes(int column) const {
  const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace storage

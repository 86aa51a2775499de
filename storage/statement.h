// One prepared SQL statement with bound parameters. Internal to storage.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "storage/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

// SQL text. Only a compile-time constant becomes one, so SQL put together at run time does not compile.
struct Sql {
  consteval Sql(const char* constant) : text(constant) {}
  std::string_view text;  // a NUL follows it
};

// A parameter: ?1 is the first. Text is UTF-8 without NUL; std::monostate is NULL.
using Value = std::variant<std::monostate, int64_t, std::string_view, base::Bytes>;

// Lives no longer than the connection that prepared it, and on the same thread.
class Statement {
 public:
  // Compiles `sql`, a single statement, and binds copies of `values`.
  [[nodiscard]] static Result<Statement> prepare(sqlite3* database, Sql sql,
                                                 std::initializer_list<Value> values);

  // Goes to the next row; false when there is none. A statement without rows does its work in the first step.
  [[nodiscard]] Result<bool> step();

  // Columns of the current row, counted from 0. Views die with the next step(). NULL reads as 0 or empty.
  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] base::Bytes bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace storage

// One connection to the database file. What stands in the file is the affair of users.h, meta.h and their
// like.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>

#include "storage/error.h"
#include "storage/statement.h"

namespace storage {

// Used by one thread at a time; may be moved to another in between. Several connections to one file, of one
// process or of many, are the normal case.
class Connection {
 public:
  // Opens the existing `file` as it is; open_database() (database.h) makes it ready for use. A statement that
  // finds the file locked waits up to `busy_timeout`, then fails with kBusy.
  [[nodiscard]] static Result<Connection> open(const std::filesystem::path& file,
                                               std::chrono::milliseconds busy_timeout);

  // Prepares `sql` and binds `values`; the first step() runs it. The statement must not outlive the
  // connection.
  [[nodiscard]] Result<Statement> query(Sql sql, std::initializer_list<Value> values = {});
  // Runs one INSERT, UPDATE or DELETE to its end. Gives the number of rows it changed, without those of
  // triggers.
  [[nodiscard]] Result<int64_t> run(Sql sql, std::initializer_list<Value> values = {});
  // Runs any number of statements, ignores their rows, stops at the first error.
  [[nodiscard]] Outcome execute(Sql script);
  // The first column of the first row; 0 if there is no row.
  [[nodiscard]] Result<int64_t> number(Sql sql, std::initializer_list<Value> values = {});

  // False after SQLite itself rolled a transaction back, as it may when the disk is full.
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] std::filesystem::path file() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  explicit Connection(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace storage

// Transactions that end with their scope. Internal to storage.
#pragma once

#include <utility>

#include "storage/connection.h"

namespace storage {

// Rolls back unless committed. The connection must outlive it and stay where it is.
class Transaction {
 public:
  // All reads see the same state of the database.
  [[nodiscard]] static Result<Transaction> begin_read(Connection& connection);
  // Takes the write lock now, or kBusy: later it could be refused in the middle of the work.
  [[nodiscard]] static Result<Transaction> begin_write(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On success what was written is on the disk: synced, not merely handed to the kernel.
  [[nodiscard]] Outcome commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null once committed or moved from
};

// Runs `work`, a callable from nothing to Outcome, inside the open transaction so that on failure nothing of
// it stays while the rest of the transaction does. The error of `work`, or of the database.
template <typename Work>
[[nodiscard]] Outcome run_in_savepoint(Connection& connection, Work&& work) {
  if (auto opened = connection.execute("SAVEPOINT work"); !opened) return opened;
  const Outcome outcome = work();
  if (outcome) return connection.execute("RELEASE work");
  // Without a transaction there is nothing to undo: SQLite did that already (in_transaction() tells).
  if (!connection.in_transaction()) return outcome;
  if (auto undone = connection.execute("ROLLBACK TO work; RELEASE work"); !undone) return undone;
  return outcome;
}

// Runs `work`, a callable from nothing to Outcome, whole or not at all: as a part of the open transaction if
// there is one (a job of the writer), else in a transaction of its own, durable on return.
template <typename Work>
[[nodiscard]] Outcome run_atomically(Connection& connection, Work&& work) {
  if (connection.in_transaction()) return run_in_savepoint(connection, std::forward<Work>(work));
  auto transaction = Transaction::begin_write(connection);
  if (!transaction) return std::unexpected(transaction.error());
  if (const Outcome outcome = work(); !outcome) return outcome;
  return transaction->commit();
}

}  // namespace storage

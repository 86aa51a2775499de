// Transactions that end with their scope. Internal to storage.
#pragma once

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

}  // namespace storage

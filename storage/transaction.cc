#include "storage/transaction.h"

#include <utility>

namespace storage {

Result<Transaction> Transaction::begin_read(Connection& connection) {
  if (auto begun = connection.execute("BEGIN"); !begun) return std::unexpected(begun.error());
  return Transaction(connection);
}

Result<Transaction> Transaction::begin_write(Connection& connection) {
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  // Nobody is left to hear of a failure, and what is not committed is gone at the latest with the connection.
  static_cast<void>(connection_->execute("ROLLBACK"));
}

Outcome Transaction::commit() {
  auto committed = connection_->execute("COMMIT");
  if (committed) connection_ = nullptr;
  return committed;
}

}  // namespace storage

#include "storage/transaction.h"

#include <gtest/gtest.h>

#include "tests/storage/support.h"

namespace storage {
namespace {

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() { must(connection_.execute("CREATE TABLE t (x UNIQUE)")); }
  int64_t rows() { return must(connection_.number("SELECT count(*) FROM t")); }
  Outcome insert(int64_t x) {
    const auto inserted = connection_.run("INSERT INTO t VALUES (?1)", {x});
    return inserted ? Outcome() : std::unexpected(inserted.error());
  }

  Connection connection_ = must(Connection::open(":memory:", std::chrono::milliseconds(0)));
};

TEST_F(TransactionTest, EndOfScopeUndoesWhatWasNotCommitted) {
  {
    const auto transaction = must(Transaction::begin_write(connection_));
    must(insert(1));
  }
  EXPECT_EQ(rows(), 0);
  EXPECT_FALSE(connection_.in_transaction());
}

TEST_F(TransactionTest, CommittedStays) {
  {
    auto transaction = must(Transaction::begin_write(connection_));
    must(insert(1));
    must(transaction.commit());
  }
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, FailedWorkInASavepointLeavesTheRestAlone) {
  auto transaction = must(Transaction::begin_write(connection_));
  must(run_in_savepoint(connection_, [&] { return insert(1); }));
  const auto failed = run_in_savepoint(connection_, [&] {
    must(insert(2));
    return insert(1);
  });
  must(transaction.commit());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().fault, Fault::kConflict);
  EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, TransactionThatSqliteRolledBackIsNotRolledBackTwice) {
  auto transaction = must(Transaction::begin_write(connection_));
  must(insert(1));
  must(connection_.execute("ROLLBACK"));
  EXPECT_FALSE(transaction.commit());
}

}  // namespace
}  // namespace storage

#include "storage/connection.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/storage/support.h"

namespace storage {
namespace {

using std::chrono::milliseconds;

class ConnectionTest : public testing::Test {
 protected:
  Connection open() {
    std::ofstream(file_, std::ios::app).close();
    return must(Connection::open(file_, milliseconds(0)));
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "x.db";
};

TEST_F(ConnectionTest, MissingFileIsDeniedNotMade) {
  const auto connection = Connection::open(file_, milliseconds(0));
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().fault, Fault::kDenied);
  EXPECT_THAT(connection.error().text, testing::HasSubstr(file_.string()));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(ConnectionTest, RunCountsTheRowsItChanged) {
  auto connection = open();
  must(connection.execute("CREATE TABLE t (x)"));
  EXPECT_EQ(must(connection.run("INSERT INTO t VALUES (?1), (?2)", {1, 2})), 2);
  EXPECT_EQ(must(connection.run("DELETE FROM t WHERE x = ?1", {1})), 1);
  EXPECT_EQ(must(connection.run("DELETE FROM t WHERE x = ?1", {1})), 0);
}

TEST_F(ConnectionTest, NumberIsTheFirstColumnOrZero) {
  auto connection = open();
  EXPECT_EQ(must(connection.number("SELECT 42, 43")), 42);
  EXPECT_EQ(must(connection.number("SELECT 42 WHERE 0")), 0);
}

TEST_F(ConnectionTest, LockHeldByAnotherConnectionIsBusy) {
  auto writer = open();
  auto late = open();
  must(writer.execute("BEGIN EXCLUSIVE"));
  const auto refused = late.execute("BEGIN IMMEDIATE");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::kBusy);
}

TEST_F(ConnectionTest, ScriptStopsAtItsFirstError) {
  auto connection = open();
  EXPECT_FALSE(connection.execute("CREATE TABLE t (x); nonsense; INSERT INTO t VALUES (1)"));
  EXPECT_EQ(must(connection.number("SELECT count(*) FROM t")), 0);
}

TEST_F(ConnectionTest, KnowsItsFile) { EXPECT_EQ(std::filesystem::canonical(open().file()), file_); }

}  // namespace
}  // namespace storage

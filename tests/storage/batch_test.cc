#include "storage/batch.h"

#include <gmock/gmock.h>

#include "storage/database.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

MATCHER_P(FailsWith, fault, "") { return !arg && arg.error().fault == fault; }
MATCHER(Succeeds, "") { return arg.has_value(); }

Job adding(std::string name) {
  return [name = std::move(name)](Connection& connection) {
    return add_user(connection, name, keys_of(name), kNow);
  };
}

class BatchTest : public testing::Test {
 protected:
  template <typename... Jobs>
  std::vector<Outcome> run(Jobs... jobs) {
    Job list[] = {std::move(jobs)...};
    return run_batch(connection_, list);
  }
  size_t users() { return must(list_users(connection_)).size(); }

  TemporaryDirectory directory_;
  Connection connection_ =
      must(open_database(directory_.path(), {.busy_timeout = std::chrono::milliseconds(0)}));
};

TEST_F(BatchTest, JobsOfABatchAreOneTransaction) {
  auto watcher = must(open_database(directory_.path()));
  const auto before = must(watcher.number("PRAGMA data_version"));
  const auto while_running = [&](Connection&) -> Outcome {
    EXPECT_EQ(must(watcher.number("PRAGMA data_version")), before);  // nothing is to be seen yet
    return {};
  };
  EXPECT_THAT(run(adding("a"), adding("b"), while_running), testing::Each(Succeeds()));
  EXPECT_EQ(must(list_users(watcher)).size(), 2u);
}

TEST_F(BatchTest, FailedJobLeavesNothingAndHarmsNoOther) {
  const auto half = [](Connection& connection) {
    must(add_user(connection, "half", keys_of("half"), kNow));
    return remove_user(connection, "nobody");
  };
  EXPECT_THAT(
      run(adding("a"), adding("a"), half, adding("b")),
      testing::ElementsAre(Succeeds(), FailsWith(Fault::kConflict), FailsWith(Fault::kNotFound), Succeeds()));
  EXPECT_EQ(users(), 2u);
}

TEST_F(BatchTest, LockedDatabaseFailsTheWholeBatchWithoutRunningAJob) {
  auto other = must(open_database(directory_.path()));
  must(other.execute("BEGIN IMMEDIATE"));
  int runs = 0;
  const auto counted = [&](Connection&) -> Outcome { return ++runs, Outcome(); };
  EXPECT_THAT(run(counted, counted), testing::Each(FailsWith(Fault::kBusy)));
  EXPECT_EQ(runs, 0);
  must(other.execute("ROLLBACK"));
  EXPECT_THAT(run(counted, counted), testing::Each(Succeeds()));
}

TEST_F(BatchTest, LostTransactionIsTriedAgainJobByJob) {
  const auto breaks_it = [](Connection& connection) -> Outcome {
    must(connection.execute("ROLLBACK"));  // as SQLite does on some errors
    return std::unexpected(StorageError{Fault::kFull, "lost"});
  };
  EXPECT_THAT(run(adding("a"), breaks_it, adding("b")),
              testing::ElementsAre(Succeeds(), FailsWith(Fault::kFull), Succeeds()));
  EXPECT_EQ(users(), 2u);
}

TEST_F(BatchTest, NoJobsAreNoOutcomes) { EXPECT_TRUE(run_batch(connection_, {}).empty()); }

}  // namespace
}  // namespace storage

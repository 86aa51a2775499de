// A disk that fills up: writes are refused with the cure, nothing acknowledged is lost, and room helps at
// once.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

#include "storage/batch.h"
#include "storage/database.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

std::string name_of(int number) { return "user" + std::to_string(number); }

std::vector<Job> adding(int first, int count) {
  std::vector<Job> jobs;
  for (int i = first; i < first + count; ++i)
    jobs.emplace_back(
        [i](Connection& connection) { return add_user(connection, name_of(i), keys_of(name_of(i)), kNow); });
  return jobs;
}

class DiskFullTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  Connection connection_ = must(open_database(directory_.path()));
};

TEST_F(DiskFullTest, OutcomesOfABatchThatDoesNotFitAreWhatTheFileHolds) {
  must(connection_.execute("PRAGMA max_page_count = 16"));
  auto jobs = adding(0, 300);
  const auto outcomes = run_batch(connection_, jobs);
  const auto snapshot = must(load_user_snapshot(connection_));
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(outcomes[i].has_value(), snapshot->find(name_of(i)) != nullptr) << i;
    if (outcomes[i]) continue;
    ++refused;
    EXPECT_EQ(outcomes[i].error().fault, Fault::kFull);
    EXPECT_THAT(outcomes[i].error().text, testing::HasSubstr("free space on " + directory_.path().string()));
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 300);
}

TEST_F(DiskFullTest, RemovingAUserWorksOnAFullDiskAndMoreRoomEndsTheTrouble) {
  must(connection_.execute("PRAGMA max_page_count = 16"));
  auto jobs = adding(0, 300);
  static_cast<void>(run_batch(connection_, jobs));
  must(remove_user(connection_, name_of(0)));
  must(connection_.execute("PRAGMA max_page_count = 100000"));
  must(add_user(connection_, "late", keys_of("late"), kNow));
}

// The kernel's own refusal: every write of SQLite fails with ENOSPC while one of these lives.
class NoSpaceLeft {
 public:
  NoSpaceLeft() {
    for (size_t i = 0; i < std::size(kCalls); ++i) {
      real_[i] = vfs_->xGetSystemCall(vfs_, kCalls[i]);
      if (real_[i] != nullptr)
        vfs_->xSetSystemCall(vfs_, kCalls[i], reinterpret_cast<sqlite3_syscall_ptr>(&refuse));
    }
  }
  ~NoSpaceLeft() {
    for (size_t i = 0; i < std::size(kCalls); ++i)
      if (real_[i] != nullptr) vfs_->xSetSystemCall(vfs_, kCalls[i], real_[i]);
  }
  NoSpaceLeft(const NoSpaceLeft&) = delete;
  NoSpaceLeft& operator=(const NoSpaceLeft&) = delete;

 private:
  static constexpr const char* kCalls[] = {"pwrite", "pwrite64"};
  static ssize_t refuse(int, const void*, size_t, off_t) { return errno = ENOSPC, -1; }

  sqlite3_vfs* vfs_ = sqlite3_vfs_find(nullptr);
  sqlite3_syscall_ptr real_[std::size(kCalls)] = {};
};

TEST_F(DiskFullTest, RefusalByTheKernelIsFullAndLeavesTheUsersAsTheyWere) {
  must(add_user(connection_, "before", keys_of("before"), kNow));
  auto jobs = adding(0, 3);
  {
    const NoSpaceLeft no_space;
    for (const Outcome& outcome : run_batch(connection_, jobs)) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().fault, Fault::kFull) << outcome.error().text;
    }
    EXPECT_EQ(must(list_users(connection_)).size(), 1u);
  }
  for (const Outcome& outcome : run_batch(connection_, jobs)) must(outcome);
  EXPECT_EQ(must(list_users(connection_)).size(), 4u);
}

}  // namespace
}  // namespace storage

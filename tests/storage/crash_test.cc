// A server killed with SIGKILL at any moment has every user whose adding it acknowledged.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "storage/store.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

constexpr int kRounds = 30;
constexpr int kMaxAcknowledgedBeforeKill = 120;
constexpr size_t kMaxTurnsBeforeKill = 10'000;  // of the scheduler: some milliseconds
constexpr uint32_t kJobsInFlight = 16;

std::string name_of(int round, uint32_t number) {
  return std::to_string(round) + "/" + std::to_string(number);
}

// The server: adds users one after the other for ever and writes the number of each to `pipe` once told of
// success.
[[noreturn]] void add_users(const std::filesystem::path& directory, int round, int pipe) {
  const auto store = Store::open(directory);
  if (!store) ::_exit(1);
  for (uint32_t number = 0;; ++number) {
    const auto job = [=](Connection& connection) {
      return add_user(connection, name_of(round, number), keys_of(name_of(round, number)), kNow);
    };
    const auto told = [=](const Outcome& outcome) {
      if (!outcome || ::write(pipe, &number, sizeof number) != sizeof number) ::_exit(1);
    };
    if (!(*store)->submit(job, told)) ::_exit(1);
    // Wait now and then, so that the queue stays short and batches are of every size.
    if (number % kJobsInFlight == 0) (*store)->submit([](Connection&) { return Outcome(); }).wait();
  }
}

// A process that adds users until it is killed.
class Server {
 public:
  Server(const std::filesystem::path& directory, int round) : round_(round) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      add_users(directory, round, ends[1]);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
  }

  // Waits until it has acknowledged so many users in all.
  void await_acknowledged(size_t users) {
    while (acknowledged_.size() < users && read_one()) {
    }
  }

  bool is_running() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }

  // Gives all that it acknowledged; what is in the pipe when it dies still counts.
  std::set<std::string> kill() {
    ::kill(pid_, SIGKILL);
    while (read_one()) {
    }
    ::close(pipe_);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the server ended by itself";
    return acknowledged_;
  }

 private:
  bool read_one() {
    uint32_t number = 0;
    if (::read(pipe_, &number, sizeof number) != sizeof number) return false;
    acknowledged_.insert(name_of(round_, number));
    return true;
  }

  int round_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::set<std::string> acknowledged_;
};

std::set<std::string> stored_names(const std::filesystem::path& directory) {
  auto connection = must(open_database(directory));
  auto check = must(connection.query("PRAGMA integrity_check"));
  EXPECT_TRUE(must(check.step()));
  EXPECT_EQ(check.text(0), "ok");
  std::set<std::string> names;
  for (const User& user : must(list_users(connection))) names.insert(user.name);
  return names;
}

TEST(CrashTest, AcknowledgedUsersSurviveOneCrashAfterTheOther) {
  const TemporaryDirectory directory;
  std::mt19937 numbers(20240607);
  std::uniform_int_distribution<size_t> users_before_death(0, kMaxAcknowledgedBeforeKill);
  std::set<std::string> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    Server server(directory.path(), round);
    server.await_acknowledged(users_before_death(numbers));
    acknowledged.merge(server.kill());
    ASSERT_TRUE(std::ranges::includes(stored_names(directory.path()), acknowledged)) << "round " << round;
  }
  EXPECT_GT(acknowledged.size(), size_t{kMaxAcknowledgedBeforeKill});  // or nothing was proved
}

// The first start makes these one after the other: dying as one appears is dying in the middle of it.
class FirstStartTest : public testing::TestWithParam<const char*> {};

TEST_P(FirstStartTest, CrashLeavesAUsableDirectory) {
  std::mt19937 numbers(20240608);
  for (int round = 0; round < kRounds; ++round) {
    const TemporaryDirectory directory;
    Server server(directory.path() / "data", round);
    while (server.is_running() && !std::filesystem::exists(directory.path() / GetParam())) {
    }
    for (size_t turns = numbers() % kMaxTurnsBeforeKill; turns > 0; --turns) ::sched_yield();
    const auto acknowledged = server.kill();
    EXPECT_TRUE(std::ranges::includes(stored_names(directory.path() / "data"), acknowledged))
        << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(DyingWith, FirstStartTest,
                         testing::Values("data", "data/icebox.db", "data/icebox.db-wal"),
                         [](const auto& file) { return "Stage" + std::to_string(file.index); });

}  // namespace
}  // namespace storage

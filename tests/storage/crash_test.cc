// A server killed with SIGKILL at any moment has every user whose adding it acknowledged.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

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

// Starts the server, kills it once it has acknowledged `acknowledgements` users; gives all that it
// acknowledged.
std::set<std::string> run_and_kill(const std::filesystem::path& directory, int round, int acknowledgements) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t server = ::fork();
  if (server == 0) {
    ::close(ends[0]);
    add_users(directory, round, ends[1]);
  }
  ::close(ends[1]);
  std::set<std::string> acknowledged;
  uint32_t number = 0;
  bool killed = false;
  do {
    if (!killed && static_cast<int>(acknowledged.size()) >= acknowledgements)
      killed = ::kill(server, SIGKILL) == 0;  // what is in the pipe by then still counts
    if (::read(ends[0], &number, sizeof number) != sizeof number) break;
    acknowledged.insert(name_of(round, number));
  } while (true);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(server, &status, 0);
  EXPECT_TRUE(killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the server ended by itself";
  return acknowledged;
}

std::set<std::string> stored_names(const std::filesystem::path& directory) {
  auto connection = must(open_database(directory));
  auto check = must(connection.query("PRAGMA integrity_check"));
  EXPECT_TRUE(must(check.step()));
  EXPECT_EQ(check.text(0), "ok");
  std::set<std::string> names;
  for (const User& user : must(list_users(connection))) names.insert(user.name);
  return names;
}

class CrashTest : public testing::Test {
 protected:
  // One round: the moment of death follows from the seed, up to the scheduler's whim.
  void crash_in(const std::filesystem::path& directory, int round) {
    const int acknowledgements = std::uniform_int_distribution(0, kMaxAcknowledgedBeforeKill)(numbers_);
    acknowledged_.merge(run_and_kill(directory, round, acknowledgements));
    EXPECT_THAT(stored_names(directory), testing::IsSupersetOf(acknowledged_)) << "round " << round;
  }

  std::mt19937 numbers_{20240607};
  std::set<std::string> acknowledged_;
};

TEST_F(CrashTest, AcknowledgedUsersSurviveOneCrashAfterTheOther) {
  const TemporaryDirectory directory;
  for (int round = 0; round < kRounds; ++round) crash_in(directory.path(), round);
}

TEST_F(CrashTest, CrashAroundTheFirstStartLeavesAUsableDirectory) {
  for (int round = 0; round < kRounds; ++round) {
    const TemporaryDirectory directory;
    acknowledged_ = run_and_kill(directory.path(), round, round % 3);
    EXPECT_THAT(stored_names(directory.path()), testing::IsSupersetOf(acknowledged_)) << "round " << round;
  }
}

}  // namespace
}  // namespace storage

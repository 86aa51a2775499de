// A program run by a test, with pipes on its standard input and output.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "net/unique_fd.h"

namespace net::testing {

// Killed and waited for when it dies.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> command) {
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&id_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) id_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    input_.reset(in[1]);
    output_.reset(out[0]);
    close(in[0]);
    close(out[1]);
  }
  ~ChildProcess() {
    if (id_ <= 0) return;
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] bool is_running() const { return id_ > 0; }
  void write(std::string_view text) const {
    [[maybe_unused]] const auto ignored = ::write(input_.get(), text.data(), text.size());
  }
  // All that it has printed by now.
  const std::string& printed() {
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = read(output_.get(), buffer.data(), buffer.size())) > 0;)
      printed_.append(buffer.data(), static_cast<size_t>(got));
    return printed_;
  }
  [[nodiscard]] int output() const { return output_.get(); }

 private:
  pid_t id_ = -1;
  UniqueFd input_, output_;
  std::string printed_;
};

}  // namespace net::testing

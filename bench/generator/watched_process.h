// What a server's process has used so far, read by the generator at the edges of its load.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace bench::generator {

struct ProcessUse {
  std::chrono::nanoseconds
      cpu{};             // user and system time of all threads: utime + stime of /proc/PID/stat, in ns
  uint64_t rss_kib = 0;  // of /proc/PID/smaps_rollup, which is exact where statm is not
};

// nullopt: no such process, or it may not be looked at.
[[nodiscard]] std::optional<ProcessUse> look_at(pid_t process);

// Two looks at one process, or at none (pid 0).
class Watch {
 public:
  explicit Watch(pid_t process) : process_(process), before_(look()) {}

  struct Use {
    ProcessUse before, after;
  };
  // From construction until now. nullopt: nothing was watched, or it has died.
  [[nodiscard]] std::optional<Use> finish() const;

 private:
  [[nodiscard]] std::optional<ProcessUse> look() const;

  pid_t process_;
  std::optional<ProcessUse> before_;
};

}  // namespace bench::generator

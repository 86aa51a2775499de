#include "bench/generator/watched_process.h"

#include <ctime>
#include <fstream>
#include <string>

namespace bench::generator {
namespace {

std::optional<uint64_t> rss_kib_of(pid_t process) {
  std::ifstream rollup("/proc/" + std::to_string(process) + "/smaps_rollup");
  std::string word;
  uint64_t kib = 0;
  while (rollup >> word) {
    if (word == "Rss:" && rollup >> kib) return kib;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ProcessUse> look_at(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
  const auto rss = rss_kib_of(process);
  if (!rss) return std::nullopt;
  return ProcessUse{std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec), *rss};
}

std::optional<ProcessUse> Watch::look() const { return process_ > 0 ? look_at(process_) : std::nullopt; }

std::optional<Watch::Use> Watch::finish() const {
  const auto after = look();
  if (!before_ || !after) return std::nullopt;
  return Use{*before_, *after};
}

}  // namespace bench::generator

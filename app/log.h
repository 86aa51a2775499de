// The log: structured events on standard error, written by a thread of its own.
#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "app/config/config.h"
#include "app/log_line.h"

// NOLINTBEGIN(readability-identifier-naming): spdlog's names
namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog
// NOLINTEND(readability-identifier-naming)

namespace app {

// Never blocks on a slow reader of standard error: beyond its queue the oldest lines are lost, and counted.
// Safe from any thread; meant for the control thread, never for the packet path. The destructor writes what
// is queued.
class Log {
 public:
  explicit Log(const LogConfig& config);
  ~Log();

  // From the next event on.
  void configure(const LogConfig& config);
  [[nodiscard]] bool is_on(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  // `event`: a stable name in snake_case; scripts rely on it. docs/operating.md lists them.
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields);
  void trace(std::string_view event, std::initializer_list<LogField> fields = {});
  void debug(std::string_view event, std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::initializer_list<LogField> fields = {});
  void warn(std::string_view event, std::initializer_list<LogField> fields = {});
  void error(std::string_view event, std::initializer_list<LogField> fields = {});

  [[nodiscard]] uint64_t lines_lost() const;

 private:
  std::atomic<LogLevel> level_;
  std::atomic<LogFormat> format_;
  std::shared_ptr<spdlog::details::thread_pool> writer_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace app

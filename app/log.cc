#include "app/log.h"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace app {
namespace {

constexpr size_t kQueuedLines = 8192;

}  // namespace

Log::Log(const LogConfig& config)
    : level_(config.level),
      format_(config.format),
      writer_(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
      logger_(
          std::make_shared<spdlog::async_logger>("icebox", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                                 writer_, spdlog::async_overflow_policy::overrun_oldest)) {
  logger_->set_level(spdlog::level::trace);  // ours decides
  logger_->set_pattern("%v");                // so does our line
}

// The writing thread ends first, with all lines written: what it used is nobody else's then.
Log::~Log() { writer_.reset(); }

void Log::configure(const LogConfig& config) {
  level_.store(config.level, std::memory_order_relaxed);
  format_.store(config.format, std::memory_order_relaxed);
}

void Log::write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (!is_on(level)) return;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto line = log_line(format_.load(std::memory_order_relaxed), now, level, event, fields);
  logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void Log::trace(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::kTrace, event, fields);
}
void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::kDebug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::kInfo, event, fields);
}
void Log::warn(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::kWarn, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
  write(LogLevel::kError, event, fields);
}

uint64_t Log::lines_lost() const { return writer_->overrun_counter(); }

}  // namespace app
